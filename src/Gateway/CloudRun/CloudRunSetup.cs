using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sandbox.Gateway.CloudRun.Affinity;
using Sandbox.Gateway.CloudRun.Containers;
using Sandbox.Gateway.CloudRun.Sessions;

namespace Sandbox.Gateway.CloudRun;

/// <summary>
/// What clients of Cloud Run Sandbox call (docs/cloud-run.md): its WebSockets and its calls on containers, as other words for the calls that the hub
/// and <c>/v1</c> have.
/// </summary>
internal static class CloudRunSetup
{
    // A client that is gone without a word is found out by pings.
    private static readonly WebSocketOptions s_sockets = new()
    {
        KeepAliveInterval = TimeSpan.FromSeconds(15),
        KeepAliveTimeout = TimeSpan.FromSeconds(20),
    };

    public static void AddCloudRun(this IServiceCollection services)
    {
        services.AddSingleton<AffinityCookie>();
        services.AddSingleton<SessionServices>();
        services.AddSingleton<CreateEndpoint>();
        services.AddSingleton<AttachEndpoint>();
    }

    public static void MapCloudRun(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapSocket("/create", context => context.RequestServices.GetRequiredService<CreateEndpoint>().RunAsync(context));
        endpoints.MapSocket("/attach/{id}", context => context.RequestServices.GetRequiredService<AttachEndpoint>().RunAsync(context));
        endpoints.MapContainers(endpoints.ServiceProvider.GetRequiredService<IOptions<GatewayOptions>>().Value.CloudRun);
    }

    private static void MapSocket(this IEndpointRouteBuilder endpoints, string path, RequestDelegate run) =>
        endpoints.MapGet(path, endpoints.CreateApplicationBuilder().UseWebSockets(s_sockets).Use((HttpContext context, RequestDelegate _) => run(context)).Build())
            .WithMetadata(new Microsoft.AspNetCore.Routing.ExcludeFromDescriptionAttribute());
}
