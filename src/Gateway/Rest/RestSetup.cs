using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Sandbox.Gateway.Checkpoints;
using Sandbox.Gateway.Files;
using Sandbox.Gateway.Processes;
using Sandbox.Gateway.Processes.Output;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Sandboxes.Events;
using Sandbox.Gateway.Snapshots;
using Sandbox.Gateway.Templates;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Rest;

/// <summary><c>/v1</c>: what the hub does, by plain HTTP.</summary>
internal static class RestSetup
{
    public static void AddSandboxRest(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => WireJson.Configure(json.SerializerOptions));
        services.AddSingleton<StreamLifetime>();
        services.AddSingleton<OutputEndpoint>();
        services.AddSingleton<EventEndpoint>();
        services.AddSingleton<FileReading>();
        services.AddSingleton<FileEndpoints>();
        services.AddSingleton<TemplateEndpoints>();
    }

    public static void MapSandboxRest(this IEndpointRouteBuilder endpoints)
    {
        var sandboxes = endpoints.MapGroup("/v1/sandboxes").AddEndpointFilter<RouteGroupBuilder, CallEndpointFilter>();
        sandboxes.MapSandboxes();
        CheckpointEndpoints.Map(sandboxes);
        SnapshotEndpoints.MapOnSandboxes(sandboxes);
        sandboxes.MapProcesses();
        OutputEndpoint.Map(sandboxes);
        EventEndpoint.Map(sandboxes);
        FileEndpoints.Map(sandboxes);
        TemplateEndpoints.Map(endpoints.MapGroup("/v1/templates").AddEndpointFilter<RouteGroupBuilder, CallEndpointFilter>());
        SnapshotEndpoints.Map(endpoints.MapGroup("/v1/snapshots").AddEndpointFilter<RouteGroupBuilder, CallEndpointFilter>());
    }
}
