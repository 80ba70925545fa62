using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Files;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

[Collection("runsc")]
public sealed class LiveHoldingTests(TestBinaries binaries, LiveTemplate template)
{
    private const string Key = "owner/one";

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task The_head_says_who_runs_a_sandbox_in_which_epoch_and_from_which_checkpoint_it_goes_on()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var head = await HeadAsync(host);
        Assert.Equal((1, 1, HeadStatus.Running, null), (head.Epoch, sandbox.Epoch, head.Status, head.Checkpoint));
        Assert.Equal(host.Leases.Self, head.Holder);

        var taken = await sandbox.CheckpointAsync(Request(suspend: false), Test);
        Assert.Equal(taken.Value!.Id, (await HeadAsync(host)).Checkpoint);

        var slept = await sandbox.CheckpointAsync(Request(suspend: true), Test);
        Assert.True((await HeadAsync(host)).IsHeld);
        await sandbox.DisposeAsync();
        head = await HeadAsync(host);
        Assert.Equal((1, null, HeadStatus.Suspended, slept.Value!.Id), (head.Epoch, head.Holder, head.Status, head.Checkpoint));

        var woken = await host.Sandboxes.RestoreAsync(
            Key, LiveHost.Spec, new CheckpointRestore { CheckpointId = taken.Value.Id, Epoch = 4, Timeline = 2 }, elsewhere: null, Test);
        Assert.True(woken.Succeeded, woken.Error?.Message);
        head = await HeadAsync(host);
        Assert.Equal((4, 4, 2, taken.Value.Id), (woken.Value.Epoch, head.Epoch, head.Timeline, head.Checkpoint));
        await woken.Value.DisposeAsync();
        Assert.False((await HeadAsync(host)).IsHeld);
    }

    [LiveFact]
    public async Task A_sandbox_that_another_host_holds_is_not_started_here_until_it_is_let_go()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var other = new HeadLeases(
            host.Heads, HolderId.New("other"), address: null, Options.Create(new LeaseOptions()), new BootClock(TimeProvider.System), NullLogger<HeadLeases>.Instance);
        var held = Assert.IsType<Acquisition.Acquired>(await other.TryAcquireAsync(SandboxKey.Parse(Key), cancellationToken: Test));

        var refused = await host.Sandboxes.StartAsync(Key, LiveHost.Spec, elsewhere: null, Test);
        Assert.Equal(SandboxErrorCode.Unavailable, refused.Error?.Code);
        Assert.True(refused.Error!.RetryAfter > TimeSpan.FromSeconds(5), $"{refused.Error.RetryAfter}");
        Assert.False(host.HasContainers);

        await held.Lease.ReleaseAsync(cancellationToken: Test);
        Assert.Equal(2, (await host.CreateAsync()).Epoch);
    }

    [LiveFact]
    public async Task A_sandbox_that_could_not_be_started_leaves_no_head()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 1, MaxSandboxes = 1, Wait = TimeSpan.FromMilliseconds(300) });
        await host.Pool.FillAsync().WaitAsync(Test);
        await host.CreateAsync();
        Assert.False((await host.Sandboxes.StartAsync("owner/two", LiveHost.Spec, elsewhere: null, Test)).Succeeded);
        Assert.Null(await host.Heads.ReadAsync(SandboxKey.Parse("owner/two"), Test));
    }

    [LiveFact]
    public async Task Who_loses_a_sandbox_ends_it_and_serves_nothing_of_it_any_more()
    {
        await using var host = await LiveHost.StartAsync(
            binaries, template, lease: new LeaseOptions { Length = TimeSpan.FromSeconds(3), Margin = TimeSpan.FromSeconds(0.5) });
        var sandbox = await host.CreateAsync();
        var counter = await sandbox.StartAsync(Shell("count", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done"));
        await counter.UntilAsync("5\n");

        // Longer than a lease: it is renewed, and the agent is told.
        var began = TimeProvider.System.GetTimestamp();
        await UntilAsync(() => TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(4));
        var offset = counter.Describe().Channels[0].Offset;
        await UntilAsync(() => counter.Describe().Channels[0].Offset > offset);
        Assert.False(sandbox.Ended.IsCompleted);

        await (await sandbox.StartAsync(Shell("fill", "head -c 300000 /dev/zero > /srv/file") with { Root = true })).TextAsync();
        await using var reading = sandbox.QueryFilesAsync(new FileQuery { Kind = FileQueryKind.Read, Path = "/srv/file"u8.ToArray() }, Test).GetAsyncEnumerator(Test);
        Assert.True(await reading.MoveNextAsync());

        await StealAsync(host);
        Assert.Contains("does not hold the sandbox any more", await sandbox.Ended.WaitAsync(TimeSpan.FromSeconds(10), Test), StringComparison.Ordinal);
        Assert.Equal(SandboxErrorCode.Unavailable, (await FirstAsync(counter)).Error.Code);

        // The rest of the file has come, and waits to be read.
        Assert.True(await reading.MoveNextAsync());
        Assert.Equal(SandboxErrorCode.Unavailable, Assert.IsType<FileFailure>(reading.Current).Error.Code);
        Assert.False(await reading.MoveNextAsync());
        Assert.Equal(SandboxErrorCode.Gone, (await sandbox.StartAsync(Shell("late", "true"), Test)).Error?.Code);
        Assert.NotNull((await sandbox.CheckpointAsync(Request(suspend: false), Test)).Error);
        await UntilAsync(() => !host.HasContainers);
        await sandbox.DisposeAsync();
        Assert.Equal("thief", (await HeadAsync(host)).Holder?.Host);
    }

    private static async Task StealAsync(LiveHost host)
    {
        while (true)
        {
            var stored = (await host.Heads.ReadAsync(SandboxKey.Parse(Key), Test))!;
            var stolen = stored.Head with { Epoch = stored.Head.Epoch + 1, Holder = HolderId.New("thief"), Write = "theft" };
            if (await host.Heads.WriteAsync(stored.Key, stolen, stored.Generation, Test) is not null) return;
        }
    }

    private static async Task<OutputFailure> FirstAsync(ILiveProcess process)
    {
        await foreach (var item in process.ReadOutputAsync(ProcessChannel.Stdout, new OutputCursor(null, 0), follow: true, Test))
        {
            return Assert.IsType<OutputFailure>(item);
        }

        throw new InvalidOperationException("Nothing was said.");
    }

    private static async Task<SandboxHead> HeadAsync(LiveHost host) => (await host.Heads.ReadAsync(SandboxKey.Parse(Key), Test))!.Head;

    private static CheckpointRequest Request(bool suspend) => new() { Suspend = suspend, Epoch = 1, Timeline = 1 };
}
