using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sandbox.Gateway.Files;

/// <summary>A body of any length, in parts of at most <see cref="FileRequests.MostBytes"/>: one is held at a time.</summary>
internal static class BodyParts
{
    /// <summary>Reads them. The last one says so, and may be empty.</summary>
    public static async IAsyncEnumerable<(byte[] Data, bool Last)> ReadAsync(HttpRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = null;
        while (true)
        {
            var part = GC.AllocateUninitializedArray<byte>((int)Math.Clamp(request.ContentLength ?? FileRequests.MostBytes, 1, FileRequests.MostBytes));
            var length = await request.Body.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, cancellationToken);
            var last = length < part.Length || request.ContentLength == length;
            yield return (length < part.Length ? part[..length] : part, last);
            if (last) yield break;
        }
    }
}
