using Sandbox.Gateway;
using Sandbox.Gateway.Status;
using Sandbox.Silo.Cluster;

namespace Sandbox.Silo.Hosting;

/// <summary>
/// <c>gateway</c>: a gateway alone in front of a cluster's silos. It runs no sandboxes, keeps nothing on disk, and needs neither root nor runsc.
/// </summary>
internal static class GatewayCommand
{
    private static readonly Dictionary<string, string> _switches = new()
    {
        ["--port"] = nameof(ServerOptions.Port),
        ["--listen"] = nameof(ServerOptions.Listen),
        ["--logs"] = nameof(ServerOptions.Logs),
    };

    /// <inheritdoc cref="ServerProcess.Understands"/>
    public static bool Understands(string[] args) => ServerProcess.Understands(_switches, args);

    /// <inheritdoc cref="ServerProcess.RunAsync(Func{WebApplication})"/>
    public static Task<int> RunAsync(string[] args) => ServerProcess.RunAsync(() => Build(args));

    private static WebApplication Build(string[] args)
    {
        var builder = ServerProcess.CreateBuilder(args, _switches);
        var cluster = ClusterSetup.OfGateway(builder.Configuration);
        builder.AddServerProcess();
        builder.Services.AddSingleton<IReadinessProbe, ClusterReadinessProbe>();
#if ORLEANS
        builder.Host.UseOrleansClient(client => client.AddActivityPropagation().JoinCluster(cluster));
#else
        _ = cluster;
#endif
        builder.Services.AddSandboxGateway(builder.Configuration);
        var app = builder.Build();
        app.MapSandboxGateway();
        app.Lifetime.ApplicationStarted.Register(() => ServerProcess.AnnounceReady(app.Services));
        return app;
    }
}
