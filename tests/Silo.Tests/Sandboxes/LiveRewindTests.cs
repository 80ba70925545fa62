using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>Many checkpoints of one sandbox, and going back to one of them.</summary>
[Collection("runsc")]
public sealed class LiveRewindTests(TestBinaries binaries, LiveTemplate template)
{
    private const string Key = "owner/one";

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task A_log_knows_where_its_history_parted_from_the_one_before_and_only_so_many_checkpoints_stay()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var counter = await sandbox.StartAsync(Shell("count", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done"));
        await counter.UntilAsync("5\n");
        var first = await TakeAsync(sandbox, new CheckpointRequest { Label = "first", Epoch = 1, Timeline = 1 });
        var lost = OffsetOf(counter);
        await UntilAsync(() => OffsetOf(counter) > lost + 100);
        await TakeAsync(sandbox, new CheckpointRequest { Periodic = true, Epoch = 1, Timeline = 1 });
        var last = await TakeAsync(sandbox, new CheckpointRequest { Periodic = true, Epoch = 1, Timeline = 1 });
        var kinds = await host.Checkpoints.ListAsync(SandboxKey.Parse(Key), Test).Select(checkpoint => checkpoint.Kind).ToListAsync(Test);
        Assert.Equal([CheckpointKind.Manual, CheckpointKind.Periodic, CheckpointKind.Periodic], kinds);
        await host.Stored.RetainAsync(Key, 0, last, Test);
        Assert.Equal([first, last], (await host.Stored.ListAsync(Key, Test)).Select(checkpoint => checkpoint.Id));
        await sandbox.DisposeAsync();

        sandbox = await RestoreAsync(host, first, epoch: 2, timeline: 2);
        counter = sandbox.Find("count")!;
        await UntilAsync(() => OffsetOf(counter) > lost + 200);
        var parted = counter.CommonWith(ProcessChannel.Stdout, 1);
        Assert.InRange(parted, "1\n2\n3\n4\n5\n".Length, lost);
        Assert.True(counter.CommonWith(ProcessChannel.Stdout, 2) > lost + 200);

        // It is known over a sleep too, which begins no history.
        var asleep = await TakeAsync(sandbox, new CheckpointRequest { Suspend = true, Epoch = 2, Timeline = 2 });
        await sandbox.DisposeAsync();
        sandbox = await RestoreAsync(host, asleep, epoch: 3, timeline: 2);
        Assert.Equal(parted, sandbox.Find("count")!.CommonWith(ProcessChannel.Stdout, 1));
        await sandbox.DisposeAsync();
    }

    private static long OffsetOf(ILiveProcess process) => process.Describe().Channels[0].Offset;

    private static async Task<string> TakeAsync(ILiveSandbox sandbox, CheckpointRequest request)
    {
        var taken = await sandbox.CheckpointAsync(request, Test);
        Assert.True(taken.Succeeded, taken.Error?.Message);
        return taken.Value.Id;
    }

    private static async Task<ILiveSandbox> RestoreAsync(LiveHost host, string checkpoint, long epoch, long timeline)
    {
        var restored = await host.Sandboxes.RestoreAsync(
            Key, LiveHost.Spec, new CheckpointRestore { CheckpointId = checkpoint, Epoch = epoch, Timeline = timeline }, elsewhere: null, Test);
        Assert.True(restored.Succeeded, restored.Error?.Message);
        return restored.Value;
    }
}
