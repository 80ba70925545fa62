namespace Sandbox.Gateway.Problems;

/// <summary>The stable codes of problems: what a program that calls the gateway may depend on. docs/http.md lists them.</summary>
internal static class ProblemCode
{
    public const string HostNotAllowed = "host_not_allowed";
    public const string OriginNotAllowed = "origin_not_allowed";
    public const string CrossSite = "cross_site";
    public const string Unauthorized = "unauthorized";
    public const string NotFound = "not_found";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string NotAcceptable = "not_acceptable";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string BadRequest = "bad_request";
    public const string BodyTooSlow = "body_too_slow";
    public const string BodyTooLarge = "body_too_large";
    public const string EmptyScript = "empty_script";
    public const string ScriptTooLarge = "script_too_large";
    public const string InvalidUtf8 = "invalid_utf8";
    public const string NulBytes = "nul_bytes";
    public const string UnknownLanguage = "unknown_language";
    public const string InvalidTimeout = "invalid_timeout";
    public const string InvalidRequest = "invalid_request";
    public const string Overloaded = "overloaded";
    public const string Stopping = "stopping";
    public const string Unavailable = "unavailable";
    public const string Internal = "internal_error";
}
