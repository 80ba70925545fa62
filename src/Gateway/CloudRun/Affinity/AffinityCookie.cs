using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Sandbox.Gateway.CloudRun.Affinity;

/// <summary>
/// Names this instance to whatever spreads requests over several, so that a client comes back to where its sandbox is. It opens nothing, and a client
/// that comes elsewhere is served there: any gateway of a cluster reaches any sandbox, and where servers share a store the sandbox is handed over.
/// </summary>
internal sealed class AffinityCookie
{
    /// <summary>The cookie's name. Not Cloud Run's own, which its load balancer sets and reads.</summary>
    public const string Name = "sandbox_affinity";

    private readonly string _instance = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>Sets it where the client does not have this instance's.</summary>
    public void Set(HttpContext context)
    {
        if (string.Equals(context.Request.Cookies[Name], _instance, StringComparison.Ordinal)) return;
        context.Response.Cookies.Append(
            Name, _instance, new CookieOptions { HttpOnly = true, Secure = context.Request.IsHttps, SameSite = SameSiteMode.Lax, Path = "/" });
    }
}
