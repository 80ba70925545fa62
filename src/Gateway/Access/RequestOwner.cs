using Microsoft.AspNetCore.Http;

namespace Sandbox.Gateway.Access;

/// <summary>Whose request it is: the one place that decides it.</summary>
internal static class RequestOwner
{
    /// <summary>The owner of everything as long as the server knows no keys.</summary>
    private const string Default = "default";

    public static string Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Default;
    }
}
