using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sandbox.CloudStorage;

/// <summary>A request that has been read, with what is to go wrong with it.</summary>
internal sealed record Exchange(Bucket Bucket, string Method, string? Name, Query Query, IHeaderDictionary Headers, byte[] Body, Fault? Fault)
{
    /// <summary>The segments of a path, in which a slash of an object's name is escaped.</summary>
    public static (string[] Segments, string Target) Read(HttpContext context)
    {
        // The server's own path has lost the difference.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return ([.. target.Split('?')[0].Split('/').Skip(1).Select(Uri.UnescapeDataString)], target);
    }

    /// <summary>Content as it arrived here.</summary>
    public byte[] Arrived(byte[] content)
    {
        if (Fault?.Kind != FaultKind.Corrupt || content.Length == 0) return content;
        var other = content.ToArray();
        other[^1] ^= 1;
        return other;
    }
}
