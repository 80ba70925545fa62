using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sandbox.Gateway.Access.Google;
using Sandbox.Gateway.Access.Keys;
using Sandbox.Gateway.Access.Proxy;
using Sandbox.Gateway.Hub;
using Sandbox.Gateway.Problems;

namespace Sandbox.Gateway.Access;

/// <summary>
/// Finds out who calls, once for a request, which for a connection to the hub is its beginning. A request that shows a secret that opens
/// nothing is refused; one that shows none goes on as unknown, and reaches a sandbox by its token alone.
/// </summary>
internal sealed partial class CallerMiddleware(
    RequestDelegate next, IOptions<AccessOptions> options, KeyRing keys, GoogleAccounts google, TrustedProxy proxy, ILogger<CallerMiddleware> logger)
{
    /// <summary>The owner of everything as long as there is no way in but the loopback.</summary>
    private static readonly Caller _default = new("default", BuildsTemplates: true);

    private readonly bool _open = options.Value.RequiresLoopback;

    public async Task InvokeAsync(HttpContext context)
    {
        var secret = Credential.Take(context.Request, HubSetup.Path, out var malformed);
        var caller = _open ? _default : secret is not null ? keys.Find(secret) ?? await google.FindAsync(secret) : proxy.Find(context);
        if (!_open && caller is null && (secret is not null || malformed))
        {
            LogRefused(logger);
            await GatewayProblem.Unauthorized("The Authorization header has no key that opens this server.").WriteAsync(context);
            return;
        }

        context.User = (caller ?? Caller.Unknown).ToPrincipal();
        await next(context);
    }

    // Nothing of what was shown: it may be a key with a letter missing.
    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Refused a request whose key opens nothing")]
    private static partial void LogRefused(ILogger logger);
}
