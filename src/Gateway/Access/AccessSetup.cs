using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Sandbox.Gateway.Access.Google;
using Sandbox.Gateway.Access.Keys;
using Sandbox.Gateway.Access.Proxy;

namespace Sandbox.Gateway.Access;

/// <summary>How access is set up.</summary>
internal static class AccessSetup
{
    public static void AddGatewayAccess(this IServiceCollection services)
    {
        services.AddSingleton<AccessPolicy>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<GoogleAccounts>();
        services.TryAddSingleton<IIdentityTokenValidator, GoogleTokenValidator>();
        services.AddSingleton<TrustedProxy>();
        services.AddSingleton<SandboxAccess>();
        services.AddHostedService<AccessWarnings>();

        // It logs every request with its query, and browsers can show the hub a key nowhere else. Warnings of it are kept.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning));
    }
}
