using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Core.Internal;
using Orleans.Runtime.Placement;
using Orleans.Streams;
using Sandbox.Grains.Events;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Cluster;

namespace Sandbox.Cluster.Tests.Hosting;

/// <summary>A client of a cluster in this process, as a gateway alone has one.</summary>
internal sealed class ClusterClient : IAsyncDisposable
{
    private readonly IHost _host;

    private ClusterClient(IHost host) => _host = host;

    /// <summary>The streams of events.</summary>
    public IStreamProvider Streams => Client.GetStreamProvider(SandboxStreams.Provider);

    private IClusterClient Client => _host.Services.GetRequiredService<IClusterClient>();

    public static async Task<ClusterClient> ConnectAsync(string database)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.UseOrleansClient(client => client.JoinCluster(new SandboxClusterOptions { PostgreSql = database }));
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new ClusterClient(host);
    }

    /// <summary>A sandbox's grain.</summary>
    public ISandboxGrain Sandbox(string key) => Client.GetGrain<ISandboxGrain>(key);

    /// <summary>The silo that a sandbox's grain is on.</summary>
    public async Task<SiloAddress?> SiloOfAsync(string key) => await Client.GetGrain<IManagementGrain>(0).GetActivationAddress(Sandbox(key));

    /// <summary>Has a sandbox's grain go to another silo than its own, of two, whatever it is that lives there.</summary>
    public async Task SendElsewhereAsync(string key)
    {
        var management = Client.GetGrain<IManagementGrain>(0);
        var grain = Client.GetGrain<ISandboxGrain>(key);
        var now = await management.GetActivationAddress(grain);
        var other = (await management.GetHosts(onlyActive: true)).Keys.Single(silo => !silo.Equals(now));
        RequestContext.Set(IPlacementDirector.PlacementHintKey, other);
        try
        {
            await grain.AsReference<IGrainManagementExtension>().MigrateOnIdle();
        }
        finally
        {
            RequestContext.Clear();
        }

        var began = TimeProvider.System.GetTimestamp();
        while (!other.Equals(await management.GetActivationAddress(grain)))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(20), "The grain did not go.");
            await grain.DescribeAsync();
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
