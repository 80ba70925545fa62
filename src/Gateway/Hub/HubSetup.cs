using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Hub;

/// <summary>How the hub is set up.</summary>
internal static class HubSetup
{
    /// <summary>Where it is.</summary>
    public const string Path = "/hub";

    /// <summary>
    /// The largest message of a client, in bytes: the largest code with every character escaped in two, and room for arguments. One that sends a
    /// larger message loses its connection.
    /// </summary>
    public const int MostMessage = 4 << 20;

    public static void AddSandboxHub(this IServiceCollection services)
    {
        services.AddSignalR(hub =>
            {
                hub.MaximumParallelInvocationsPerClient = CallFilter.MostCalls;
                hub.MaximumReceiveMessageSize = MostMessage;
                hub.EnableDetailedErrors = false;
                hub.AddFilter<CallFilter>();
            })
            .AddJsonProtocol(json => WireJson.Configure(json.PayloadSerializerOptions));
        services.AddSingleton<CallFilter>();

        // The last one under a name is the one that is used.
        services.AddSingleton<IHubProtocol, TypedErrorProtocol>();

        // SignalR logs every failed call as an error of the server; those that are one are logged by CallFailures.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.Critical));
    }

    public static void MapSandboxHub(this IEndpointRouteBuilder endpoints) => endpoints.MapHub<SandboxHub>(Path);
}
