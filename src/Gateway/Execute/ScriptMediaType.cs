using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Sandbox.Gateway.Problems;

namespace Sandbox.Gateway.Execute;

/// <summary>Tells the two forms of <c>POST /execute</c> apart.</summary>
internal static class ScriptMediaType
{
    private const string Remedy =
        "Send the script with -H 'Content-Type: text/plain', or as JSON with -H 'Content-Type: application/json' (see /openapi/v1.json).";

    /// <summary>True for JSON, false for the bare script; a body without a type is a bare script.</summary>
    public static bool IsJson(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0 && request.Headers.ContentEncoding.ToString() is not ("" or "identity"))
        {
            throw Unsupported("The body is compressed, which this call does not take. Send it as it is.");
        }

        if (string.IsNullOrEmpty(request.ContentType))
        {
            return false;
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
        {
            throw Unsupported($"The Content-Type cannot be understood. {Remedy}");
        }

        if (type.Charset.HasValue && HeaderUtilities.RemoveQuotes(type.Charset).ToString().ToUpperInvariant() is not ("UTF-8" or "UTF8" or "US-ASCII"))
        {
            throw Unsupported("The body must be UTF-8: say so in the charset, or leave it out.");
        }

        if (type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        if (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        throw Unsupported(type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)
            ? $"This is the type that curl sends with -d and --data-binary unless it is told another. {Remedy}"
            : Remedy);
    }

    private static ProblemException Unsupported(string detail) => new(ExecuteProblems.UnsupportedMediaType(detail));
}
