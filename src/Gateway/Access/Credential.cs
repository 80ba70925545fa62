using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sandbox.Gateway.Access;

/// <summary>Finds the secret that a request shows: in its header, or on the hub's path in its query, where browsers can put nothing else.</summary>
internal static class Credential
{
    /// <summary>The longest that is looked at.</summary>
    public const int Most = 8192;

    private const string Scheme = "Bearer ";
    private const string QueryName = "access_token";

    /// <summary>The secret, or null when the request shows none.</summary>
    /// <param name="request">The request. A secret in its query is taken out, so that nothing behind here can write it down.</param>
    /// <param name="hubPath">The hub's path.</param>
    /// <param name="malformed">Whether there is one that cannot be read.</param>
    public static string? Take(HttpRequest request, string hubPath, out bool malformed)
    {
        malformed = false;
        var inQuery = TakeFromQuery(request, hubPath);
        var header = request.Headers.Authorization;
        if (StringValues.IsNullOrEmpty(header)) return inQuery;
        if (header.Count == 1 && header[0] is { Length: <= Most } text
            && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && text[Scheme.Length..].Trim() is { Length: > 0 } secret)
        {
            return secret;
        }

        malformed = true;
        return null;
    }

    private static string? TakeFromQuery(HttpRequest request, string hubPath)
    {
        if (!request.Query.TryGetValue(QueryName, out var values)) return null;
        request.QueryString = QueryString.Create(request.Query.Where(pair => !pair.Key.Equals(QueryName, StringComparison.OrdinalIgnoreCase)));
        return request.Path.StartsWithSegments(hubPath) && values is [{ Length: > 0 and <= Most } secret] ? secret : null;
    }
}
