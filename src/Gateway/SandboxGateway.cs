using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.CloudRun;
using Sandbox.Gateway.Execute;
using Sandbox.Gateway.Execute.Main;
using Sandbox.Gateway.Hub;
using Sandbox.Gateway.OpenApi;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Processes;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Snapshots;
using Sandbox.Gateway.Status;
using Sandbox.Gateway.Templates;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway;

/// <summary>Puts the gateway into a web application: a silo's own, or one that runs alone in front of silos.</summary>
public static class SandboxGateway
{
    /// <summary>
    /// Adds the gateway's services and reads <see cref="GatewayOptions"/> from the section <c>Gateway</c>. The application also needs an
    /// <see cref="IGrainFactory"/> (a silo or an Orleans client) and an <see cref="IReadinessProbe"/>.
    /// </summary>
    /// <exception cref="OptionsValidationException">At start: a setting is out of its range. The message says which, and the range.</exception>
    public static IServiceCollection AddSandboxGateway(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GatewayOptions>().Bind(configuration.GetSection(GatewayOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<AccessOptions>().Bind(configuration.GetSection(AccessOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsValidator>();
        services.AddGatewayAccess();
        services.AddSingleton<ExecutionLifetime>();
        services.AddSingleton<ScriptExecution>();
        services.AddSingleton<MainExecution>();
        services.AddSingleton<SandboxCalls>();
        services.AddSingleton<SnapshotCalls>();
        services.AddSingleton<TemplateCalls>();
        services.AddSingleton<ProcessCalls>();
        services.AddSingleton<CallFailures>();
        services.AddSandboxRest();
        services.AddSandboxHub();
        services.AddCloudRun();
        services.AddGatewayDocument();
        return services;
    }

    /// <summary>
    /// Puts the gateway's checks in front of everything that is mapped, and maps its endpoints. Call it before other middleware.
    /// </summary>
    /// <exception cref="InvalidOperationException">A service that the gateway needs is missing; the message says which.</exception>
    public static WebApplication MapSandboxGateway(this WebApplication app)
    {
        if (app.Services.GetService<IServiceProviderIsService>() is { } known && !known.IsService(typeof(IReadinessProbe)))
        {
            throw new InvalidOperationException(
                $"Register an {nameof(IReadinessProbe)} before {nameof(MapSandboxGateway)}: the gateway cannot tell by itself whether it can execute.");
        }

        app.UseMiddleware<AnswerHeadersMiddleware>();
        app.UseMiddleware<ProblemMiddleware>();
        app.UseMiddleware<AccessMiddleware>();
        app.UseMiddleware<CallerMiddleware>();
        app.MapStatus();
        app.MapExecute();
        app.MapSandboxRest();
        app.MapSandboxHub();
        app.MapCloudRun();
        app.MapGatewayDocument();
        return app;
    }
}
