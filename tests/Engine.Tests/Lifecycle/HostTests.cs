using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Lifecycle;

public sealed class HostTests
{
    private const int Deadline = 120_000;

    [Fact(Timeout = Deadline)]
    public async Task A_host_that_stops_deactivates_its_grains()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var keys = Enumerable.Range(0, 50).Select(_ => Key.New()).ToList();
        await using var host = await GrainHost.StartAsync(cancellationToken: cancellationToken);
        var probe = host.Probe;
        await Task.WhenAll(keys.Select(key => host.Grains.GetGrain<ILifecycleGrain>(key).Activation()));

        await host.StopAsync(cancellationToken);

        Assert.All(keys, key => Assert.Equal(1, probe.Count(key, "deactivated ShuttingDown")));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_call_that_hangs_does_not_keep_a_host_from_stopping()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var key = Key.New();
        await using var host = await GrainHost.StartAsync(
            silo => silo.Configure<GrainCollectionOptions>(options => options.DeactivationTimeout = TimeSpan.FromSeconds(2)),
            cancellationToken);
        var call = host.Grains.GetGrain<ILifecycleGrain>(key).Hold(key);
        await host.Probe.Until(key, "holding");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(4));

        await host.StopAsync(limit.Token).WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);

        await Assert.ThrowsAnyAsync<Exception>(() => call.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken));
        host.Probe.Open(key);
    }

    [Fact(Timeout = Deadline)]
    public async Task Two_hosts_in_one_process_know_nothing_of_each_other()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var key = Key.New();
        await using var first = await GrainHost.StartAsync(cancellationToken: cancellationToken);
        await using var second = await GrainHost.StartAsync(cancellationToken: cancellationToken);

        await first.Grains.GetGrain<ILifecycleGrain>(key).Activation();
        Assert.Empty(second.Probe.Events(key));
        await first.StopAsync(cancellationToken);

        Assert.Equal(1, await second.Grains.GetGrain<ILifecycleGrain>(key).Activation());
    }

    [Fact(Timeout = Deadline)]
    public async Task The_client_and_the_factory_are_services_of_the_host()
    {
        await using var host = await GrainHost.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        var key = Key.New();

        var client = host.Services.GetRequiredService<IClusterClient>();

        Assert.Equal(1, await client.GetGrain<ILifecycleGrain>(key).Activation());
        Assert.NotNull(client.ServiceProvider.GetService<Probe>());
    }
}
