namespace Sandbox.Gateway.Wire;

/// <summary>The codes of failed calls: docs/hub.md lists them, and they never change.</summary>
internal static class CallCode
{
    public const string Invalid = "invalid";
    public const string Unauthorized = "unauthorized";
    public const string Forbidden = "forbidden";
    public const string NotFound = "not_found";
    public const string Conflict = "conflict";
    public const string Unknown = "unknown";
    public const string Gone = "gone";
    public const string Limit = "limit";
    public const string Overloaded = "overloaded";
    public const string Unavailable = "unavailable";
    public const string Timeout = "timeout";
    public const string Internal = "internal";
}
