using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class GuestLinkViolationTests
{
    public static TheoryData<string, byte[][], string> Scripts { get; } = new()
    {
        { "oversized length", [GuestFrames.Raw(0x85, 1, new byte[100], 1, length: 1u << 31)], "PayloadTooLong" },
        { "unknown type", [GuestFrames.Raw(0x99, 1, [])], "UnknownType" },
        { "nonzero reserved", [GuestFrames.Raw(0x89, 1, [], reserved: 3)], "ReservedNotZero" },
        { "process never started", [GuestFrames.Output(77, LinkChannel.Stdout, 0, "x"u8)], "UnknownProcess" },
        { "exit of a process never started", [GuestFrames.Exit(77)], "UnknownProcess" },
        { "highest process", [GuestFrames.Drained(uint.MaxValue)], "UnknownProcess" },
        { "output with a gap", [GuestFrames.Output(1, LinkChannel.Stdout, 0, "ab"u8), GuestFrames.Output(1, LinkChannel.Stdout, 3, "x"u8)], "OutputOffset" },
        { "output that overlaps", [GuestFrames.Output(1, LinkChannel.Stdout, 0, "ab"u8), GuestFrames.Output(1, LinkChannel.Stdout, 1, "x"u8)], "OutputOffset" },
        { "output after its end", [GuestFrames.OutputEnd(1, LinkChannel.Stdout, 0), GuestFrames.Output(1, LinkChannel.Stdout, 0, "x"u8)], "OutputAfterEnd" },
        { "a wrong total", [GuestFrames.OutputEnd(1, LinkChannel.Stdout, 5)], "OutputOffset" },
        { "a channel it does not have", [GuestFrames.Output(1, LinkChannel.Result, 0, "x"u8)], "WrongChannel" },
        { "a second exit", [GuestFrames.Exit(1), GuestFrames.Exit(1)], "ExitTwice" },
        { "drained before exit", [GuestFrames.Drained(1)], "DrainedBeforeExit" },
        { "drained twice", [GuestFrames.Exit(1), GuestFrames.Drained(1), GuestFrames.Drained(1)], "DrainedTwice" },
        { "hello twice", [GuestFrames.Hello()], "HelloTwice" },
        { "ready twice", [GuestFrames.Ready()], "ReadyTwice" },
        { "started twice", [GuestFrames.Started(1)], "UnaskedAnswer" },
        { "started before the answer", [GuestFrames.StartFailed(1)], "UnaskedAnswer" },
        { "poured unasked", [GuestFrames.Poured(1)], "UnaskedAnswer" },
        { "output before the answer", [GuestFrames.Output(2, LinkChannel.Stdout, 0, "x"u8)], "NotStarted" },
        { "garbage for known", [GuestFrames.Started(2, known: 7)], "BadValue" },
        { "garbage for a pid", [GuestFrames.Started(2, pid: uint.MaxValue)], "BadValue" },
        { "garbage for a stage", [GuestFrames.StartFailed(2, stage: 0)], "BadValue" },
        { "garbage for an errno", [GuestFrames.StartFailed(2, errno: uint.MaxValue)], "BadValue" },
        { "garbage for a kind of exit", [GuestFrames.Exit(1, kind: 2)], "BadValue" },
        { "garbage for exit flags", [GuestFrames.Exit(1, flags: 2)], "BadValue" },
        { "garbage reserved in exit", [GuestFrames.Exit(1, reserved: 1)], "BadValue" },
        { "garbage for a code", [GuestFrames.Exit(1, 256)], "BadValue" },
        { "garbage for a signal", [GuestFrames.Exit(1, 0, kind: 1)], "BadValue" },
        { "garbage for a time", [GuestFrames.Exit(1, user: ulong.MaxValue)], "BadValue" },
        { "garbage for memory", [GuestFrames.Exit(1, peak: ulong.MaxValue)], "BadValue" },
        { "input acknowledged that was not sent", [GuestFrames.InputAck(1, 6)], "InputAckOffset" },
        { "input acknowledged backwards", [GuestFrames.InputAck(1, 5), GuestFrames.InputAck(1, 4)], "InputAckOffset" },
        { "disk usage unasked", [GuestFrames.DiskUsage(0, 1 << 20)], "UnaskedDiskUsage" },
        { "more disk used than there is", [GuestFrames.DiskUsage(2, 1)], "BadValue" },
        { "a disk larger than it was made", [GuestFrames.DiskUsage(0, (1 << 20) + 4_097)], "BadValue" },
        { "work never asked for", [GuestFrames.Of(FrameType.WorkDone, 1, new byte[5])], "UnknownWork" },
        { "a flood of pongs", [.. Enumerable.Range(0, 20_000).Select(i => GuestFrames.Pong((ulong)i))], "UnaskedPong" },
    };

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    /// <summary>Process 1 runs and was sent 5 bytes; process 2 waits for its answer; everything that can wait, waits.</summary>
    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Scripts))]
    public async Task A_hostile_guest_ends_its_link_with_the_rule_and_completes_all_that_waits(string what, byte[][] script, string rule)
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var waiting = await Waiting.OnAsync(guest);
        await guest.SendHostileAsync(script);
        var end = await guest.Link.Ended.WaitAsync(Test);
        Assert.Equal((LinkEndKind.Violation, rule), (end.Kind, end.Rule.ToString()));
        Assert.Contains($"breaks the rule {rule}", end.Message, StringComparison.Ordinal);
        await waiting.AllFailWithAsync(end);
        Assert.NotEmpty(what);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Output_past_a_window_that_nobody_reads_is_a_violation(int number)
    {
        var channel = (LinkChannel)number;
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        for (var i = 0ul; i < 4; i++)
        {
            await guest.SendAsync(GuestFrames.Output(1, channel, i * 65_536, new byte[65_536]));
        }

        await guest.SendHostileAsync(GuestFrames.Output(1, channel, LinkLimits.OutputWindow, "x"u8));
        Assert.Equal(LinkRule.OutputBeyondWindow, (await guest.Link.Ended.WaitAsync(Test)).Rule);
        Assert.Equal(LinkRule.OutputBeyondWindow, (await Assert.ThrowsAsync<LinkViolationException>(() => process.Exited)).Rule);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_stream_that_ends_inside_a_frame_is_a_violation()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var waiting = await Waiting.OnAsync(guest);
        await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, 0, new byte[100])[..50]);
        await guest.HangUpAsync();
        var end = await guest.Link.Ended.WaitAsync(Test);
        Assert.Equal(LinkRule.TruncatedFrame, end.Rule);
        await waiting.AllFailWithAsync(end);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_guest_that_goes_away_completes_all_that_waits()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var waiting = await Waiting.OnAsync(guest);
        await guest.HangUpAsync();
        var end = await guest.Link.Ended.WaitAsync(Test);
        Assert.Equal(LinkEndKind.GuestGone, end.Kind);
        await waiting.AllFailWithAsync(end);
    }

    [Fact(Timeout = 60_000)]
    public async Task Disposal_completes_all_that_waits_also_while_the_guest_reads_nothing()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var waiting = await Waiting.OnAsync(guest);
        await guest.Link.DisposeAsync();
        var end = await guest.Link.Ended.WaitAsync(Test);
        Assert.Equal(LinkEndKind.Closed, end.Kind);
        await waiting.AllFailWithAsync(end);
        await Assert.ThrowsAsync<LinkException>(() => guest.Link.StartAsync(ScriptedGuest.Shell, Test));
        await guest.Link.DisposeAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData("HelloExpected")]
    [InlineData("BeforeReady")]
    public async Task What_comes_before_hello_or_ready_is_a_violation(string rule)
    {
        await using var guest = new ScriptedGuest();
        var connecting = guest.ConnectAsync();
        if (rule == "BeforeReady")
        {
            await guest.SendAsync(GuestFrames.Hello());
        }

        await guest.SendAsync(rule == "BeforeReady" ? GuestFrames.Exit(1) : GuestFrames.Ready());
        var violation = await Assert.ThrowsAsync<LinkViolationException>(() => connecting);
        Assert.Equal(rule, violation.Rule.ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task What_came_before_a_violation_can_still_be_read()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, 0, "last words"u8), GuestFrames.Ready());
        await guest.Link.Ended.WaitAsync(Test);
        await using var output = process.ReadOutputAsync(cancellationToken: Test).GetAsyncEnumerator(Test);
        Assert.True(await output.MoveNextAsync());
        Assert.Equal("last words"u8.ToArray(), output.Current.Data);
        await Assert.ThrowsAsync<LinkViolationException>(async () => await output.MoveNextAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_forgotten_process_says_nothing_but_late_output()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        await guest.SendAsync(GuestFrames.Exit(1), GuestFrames.Drained(1));
        await process.Drained;
        process.Dispose();
        await guest.ExpectAsync(FrameType.Forget);
        await guest.SendAsync(GuestFrames.OutputEnd(1, LinkChannel.Stdout, 0), GuestFrames.InputAck(1, 0), GuestFrames.Exit(1));
        Assert.Equal(LinkRule.AfterForget, (await guest.Link.Ended.WaitAsync(Test)).Rule);
    }
}
