using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Residue;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>Sandboxes that wake into containers created ahead.</summary>
[Collection("runsc")]
public sealed class LiveCreatedTests(TestBinaries binaries, LiveTemplate template)
{
    private const string Key = "owner/one";

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task One_of_the_usual_size_wakes_in_it_and_it_is_replaced()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 0, Created = 1 });
        await UntilAsync(() => host.Created.Ready == 1);
        var ahead = Assert.Single(host.ContainerIds);
        var sandbox = await host.CreateAsync();
        for (var round = 1; round <= 2; round++)
        {
            sandbox = await SleepAndWakeAsync(host, sandbox, LiveHost.Spec);
            await UntilAsync(() => host.Created.Ready == 1);
            Assert.Contains(ahead, host.ContainerIds);
            ahead = Assert.Single(host.ContainerIds, id => id != ahead);
            Assert.Equal("on\n", await (await sandbox.StartAsync(Shell($"on{round}", "echo on"))).TextAsync());
        }

        await sandbox.DisposeAsync();
    }

    [LiveFact]
    public async Task One_of_another_size_goes_by_it_and_one_that_was_ended_is_replaced()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 0, Created = 1 });
        var larger = LiveHost.Spec with { MemoryBytes = LiveHost.Spec.MemoryBytes + (64 << 20) };
        var sandbox = await host.CreateAsync(spec: larger);
        await UntilAsync(() => host.Created.Ready == 1);
        sandbox = await SleepAndWakeAsync(host, sandbox, larger);
        Assert.Equal(1, host.Created.Ready);
        await sandbox.DisposeAsync();

        var before = Assert.Single(host.ContainerIds);
        foreach (var process in ProcessHandle.OpenAll().Where(process => process.Arguments.Any(argument => argument.EndsWith(before, StringComparison.Ordinal))))
            process.Kill();
        await UntilAsync(() => host.Created.Ready == 1 && host.ContainerIds is [var now] && now != before);
    }

    [LiveFact]
    public async Task It_makes_room_where_the_host_is_full()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 0, Created = 1, MaxSandboxes = 1 });
        await UntilAsync(() => host.Created.Ready == 1);
        var sandbox = await host.CreateAsync();
        Assert.Equal(0, host.Created.Ready);
        await sandbox.DisposeAsync();
        await UntilAsync(() => host.Created.Ready == 1);
    }

    private static async Task<ILiveSandbox> SleepAndWakeAsync(LiveHost host, ILiveSandbox sandbox, SandboxSpec spec)
    {
        var taken = await sandbox.CheckpointAsync(new CheckpointRequest { Suspend = true, Epoch = 1, Timeline = 1 }, Test);
        Assert.True(taken.Succeeded, taken.Error?.Message);
        await sandbox.DisposeAsync();
        var woken = await host.Sandboxes.RestoreAsync(Key, spec, new CheckpointRestore { CheckpointId = taken.Value.Id, Epoch = 2, Timeline = 1 }, elsewhere: null, Test);
        Assert.True(woken.Succeeded, woken.Error?.Message);
        return woken.Value;
    }
}
