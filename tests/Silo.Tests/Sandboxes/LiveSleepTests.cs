using System.Text;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Output;
using Sandbox.Silo.Tests.Containers;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

[Collection("runsc")]
public sealed class LiveSleepTests(TestBinaries binaries, LiveTemplate template)
{
    private const string Key = "owner/one";
    private const string Counter = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done";

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task Programs_of_every_kind_go_on_where_they_were_and_no_byte_is_lost_or_doubled()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var counter = await sandbox.StartAsync(Shell("count", Counter));
        var python = await sandbox.StartAsync(new ProcessSpec { Id = "python", Arguments = ["python3", "-q", "-i", "-u"], Stdin = true });
        await python.TypeAsync(0, "x = 41\nprint('set')\n");
        await python.UntilAsync("set\n");
        var terminal = await sandbox.StartAsync(new ProcessSpec
        {
            Id = "shell",
            Arguments = ["bash", "--norc"],
            Terminal = new TerminalSpec { Rows = 10, Columns = 40, Name = "xterm" },
        });
        await terminal.TypeAsync(0, "v=kept; echo se''t\r");
        await terminal.UntilAsync("set\r\n", ProcessChannel.Terminal);
        var pipeline = await sandbox.StartAsync(Shell("pipe", "exec 3>file; (while read l; do echo \"<$l>\"; echo $l >&3; done) | cat") with { Stdin = true });
        await pipeline.TypeAsync(0, "one\n");
        await pipeline.UntilAsync("<one>\n");
        var ended = await sandbox.StartAsync(Shell("ended", "echo over; echo bad >&2; exit 3"));
        await ended.Ended.WaitAsync(Test);
        await counter.UntilAsync("5\n");

        for (var round = 1; round <= 3; round++)
        {
            sandbox = await SleepAndWakeAsync(host, sandbox, round);
            counter = sandbox.Find("count")!;
            var next = counter.Describe().Channels[0].Offset;
            await UntilAsync(() => counter.Describe().Channels[0].Offset > next + 20);
        }

        await sandbox.Find("python")!.TypeAsync(sandbox.Find("python")!.Describe().InputOffset, "print(x + 1)\n");
        await sandbox.Find("python")!.UntilAsync("set\n42\n");
        terminal = sandbox.Find("shell")!;
        Assert.Null(await terminal.ResizeAsync(33, 77, Test));
        await terminal.TypeAsync(terminal.Describe().InputOffset, "echo $v; stty size\r");
        await terminal.UntilAsync("kept\r\n33 77\r\n", ProcessChannel.Terminal);
        pipeline = sandbox.Find("pipe")!;
        await pipeline.TypeAsync(4, "two\n");
        await pipeline.EndInputAsync(8, Test);
        Assert.Equal("<one>\n<two>\n", await pipeline.TextAsync());
        Assert.Equal("one\ntwo\n", await (await sandbox.StartAsync(Shell("cat", "cat file"))).TextAsync());
        ended = sandbox.Find("ended")!;
        Assert.Equal(3, (await ended.Ended).Code);
        Assert.Equal(("over\n", "bad\n"), (await ended.TextAsync(), await ended.TextAsync(ProcessChannel.Stderr)));
        Assert.True((await sandbox.StartAsync(Shell("ended", "echo again"), Test)).Value!.Known);

        await counter.SignalAsync(15, group: true, Test);
        var numbers = (await counter.TextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToList();
        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
        Assert.Equal(15, (await counter.Ended).Signal);
        await sandbox.DisposeAsync();
        Assert.False(host.HasContainers);
    }

    [LiveFact]
    public async Task Full_logs_and_floods_sleep_too()
    {
        await using var host = await LiveHost.StartAsync(
            binaries, template, logs: new OutputLogOptions { MemoryBytes = 65_536, LogBytes = 65_536, SegmentBytes = 65_536 });
        var sandbox = await host.CreateAsync();
        var blocked = await sandbox.StartAsync(
            Shell("blocked", "seq 1000000 1200000") with { OnFull = FullLogPolicy.Block });
        var dropping = await sandbox.StartAsync(Shell("dropping", "seq 1000000 1100000; echo done"));
        await UntilAsync(() => blocked.Describe().Channels[0].Offset == 65_536);
        await dropping.Ended.WaitAsync(Test);
        sandbox = await SleepAndWakeAsync(host, sandbox, 1);
        blocked = sandbox.Find("blocked")!;
        var text = new StringBuilder();
        await foreach (var item in blocked.ReadOutputAsync(ProcessChannel.Stdout, new OutputCursor(null, 0), follow: true, Test))
        {
            if (item is not OutputData data) continue;
            Assert.Equal(text.Length, data.Offset);
            text.Append(Encoding.ASCII.GetString(data.Data));
            blocked.Acknowledge(ProcessChannel.Stdout, text.Length);
        }

        Assert.Equal(string.Concat(Enumerable.Range(1_000_000, 200_001).Select(i => $"{i}\n")), text.ToString());
        var log = sandbox.Find("dropping")!.Describe().Channels[0];
        Assert.Equal((8 * 100_001) + 5, log.Offset);
        Assert.EndsWith("1100000\ndone\n", await sandbox.Find("dropping")!.TextAsync(from: log.Start), StringComparison.Ordinal);
        await sandbox.DisposeAsync();
    }

    [LiveFact]
    public async Task A_checkpoint_leaves_the_sandbox_running_and_gives_copies_that_differ()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var counter = await sandbox.StartAsync(Shell("count", Counter));
        await counter.UntilAsync("5\n");
        var taken = await sandbox.CheckpointAsync(Request(suspend: false), Test);
        Assert.True(taken.Succeeded, taken.Error?.Message);
        var at = counter.Describe().Channels[0].Offset;
        await UntilAsync(() => counter.Describe().Channels[0].Offset > at + 20);
        Assert.Equal("on\n", await (await sandbox.StartAsync(Shell("more", "echo on"))).TextAsync());

        await host.Stored.CopyAsync(Key, taken.Value!.Id, "owner/two", Test);
        var copied = Assert.Single(await host.Stored.ListAsync("owner/two", Test));
        var two = await RestoreAsync(host, "owner/two", copied.Id);
        Assert.Null(two.Find("more"));
        const string Identity = "cat /run/sandbox/generation; head -c 8 /dev/urandom | od -An -tx1";
        var (one, other) = (await (await sandbox.StartAsync(Shell("id", Identity))).TextAsync(), await (await two.StartAsync(Shell("id", Identity))).TextAsync());
        Assert.NotEqual(one.Split('\n')[0], other.Split('\n')[0]);
        Assert.NotEqual(one.Split('\n')[1], other.Split('\n')[1]);
        Assert.Equal("two\n", await (await two.StartAsync(Shell("name", "cat /run/sandbox/id"))).TextAsync());
        foreach (var each in new[] { sandbox, two })
        {
            await each.Find("count")!.SignalAsync(15, group: true, Test);
            var numbers = (await each.Find("count")!.TextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToList();
            Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
            await each.DisposeAsync();
        }
    }

    [LiveFact]
    public async Task Input_that_waits_for_a_program_is_taken_once_over_a_sleep()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var slow = await sandbox.StartAsync(Shell("slow", "echo up; sleep 2; cksum") with { Stdin = true });
        await slow.UntilAsync("up\n");
        var bytes = new byte[400_000];
        new Random(1).NextBytes(bytes);
        var writing = slow.WriteInputAsync(0, bytes, Test);
        await UntilAsync(() => slow.Describe().InputOffset > 0);
        sandbox = await SleepAndWakeAsync(host, sandbox, 1);
        var sent = (await writing).Value!.Offset;
        Assert.InRange(sent, 1, bytes.Length - 1);
        slow = sandbox.Find("slow")!;
        Assert.Equal(sent, slow.Describe().InputOffset);
        while (sent < bytes.Length) sent = (await slow.WriteInputAsync(sent, bytes.AsMemory((int)sent), Test)).Value!.Offset;
        await slow.EndInputAsync(bytes.Length, Test);
        var expected = await sandbox.StartAsync(Shell("expected", "cksum") with { Stdin = true });
        for (var done = 0L; done < bytes.Length;) done = (await expected.WriteInputAsync(done, bytes.AsMemory((int)done), Test)).Value!.Offset;
        await expected.EndInputAsync(bytes.Length, Test);
        Assert.Equal("up\n" + await expected.TextAsync(), await slow.TextAsync());
        await sandbox.DisposeAsync();
    }

    [LiveFact]
    public async Task What_cannot_be_stored_or_is_damaged_is_refused_and_nothing_is_lost()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync();
        var counter = await sandbox.StartAsync(Shell("count", Counter));
        var unknown = await host.Sandboxes.RestoreAsync("owner/none", LiveHost.Spec, Restore("c00000000000000000000000000"), elsewhere: null, Test);
        Assert.Equal(SandboxErrorCode.Conflict, unknown.Error!.Code);

        var taken = (await sandbox.CheckpointAsync(Request(suspend: true), Test)).Value!;
        var refused = await sandbox.StartAsync(Shell("late", "true"), Test);
        Assert.Equal(SandboxStatus.Suspended, refused.Error!.Status);
        Assert.Equal(SandboxStatus.Suspended, (await counter.SignalAsync(9, group: false, Test))!.Status);
        await sandbox.DisposeAsync();
        Assert.False(counter.Ended.IsCompleted);
        Assert.False(host.HasContainers);

        host.Host = host.Host with { RunscVersions = new HashSet<string> { "another" } };
        var other = await host.Sandboxes.RestoreAsync(Key, LiveHost.Spec, Restore(taken.Id), elsewhere: null, Test);
        Assert.Equal(SandboxErrorCode.Conflict, other.Error!.Code);
        Assert.Contains("this host has another", other.Error.Message, StringComparison.Ordinal);
        host.Host = host.Host with { RunscVersions = new HashSet<string> { "this" } };
        sandbox = await RestoreAsync(host, Key, taken.Id);

        // One checkpoint at a time: another is refused, and does not disturb the first.
        var both = new[] { sandbox.CheckpointAsync(Request(suspend: false), Test), sandbox.CheckpointAsync(Request(suspend: false), Test) };
        Assert.True((await both[0]).Succeeded);
        await Assert.ThrowsAsync<InvalidOperationException>(() => both[1]);
        Assert.Equal("on\n", await (await sandbox.StartAsync(Shell("on", "echo on"))).TextAsync());
        await sandbox.DisposeAsync();
    }

    private static async Task<ILiveSandbox> SleepAndWakeAsync(LiveHost host, ILiveSandbox sandbox, int round)
    {
        var before = sandbox.Processes.Select(process => process.Id).ToList();
        var taken = await sandbox.CheckpointAsync(Request(suspend: true), Test);
        Assert.True(taken.Succeeded, taken.Error?.Message);
        await sandbox.DisposeAsync();
        Assert.False(host.HasContainers);
        Assert.Equal(round, (await host.Stored.ListAsync(Key, Test)).Length);
        var woken = await RestoreAsync(host, Key, taken.Value.Id);
        Assert.Equal(before, woken.Processes.Select(process => process.Id));
        return woken;
    }

    private static async Task<ILiveSandbox> RestoreAsync(LiveHost host, string key, string checkpoint)
    {
        var restored = await host.Sandboxes.RestoreAsync(key, LiveHost.Spec, Restore(checkpoint), elsewhere: null, Test);
        Assert.True(restored.Succeeded, restored.Error?.Message);
        return restored.Value;
    }

    private static CheckpointRequest Request(bool suspend) => new() { Suspend = suspend, Epoch = 1, Timeline = 1 };

    private static CheckpointRestore Restore(string id) => new() { CheckpointId = id, Epoch = 2, Timeline = 1 };
}
