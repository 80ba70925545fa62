using System.Text;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class GuestLinkProcessTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_process_runs_from_start_to_forget()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        Assert.Equal((1u, "p", 2), (process.Number, process.Id, process.Pid));
        await guest.SendAsync(
            GuestFrames.Output(1, LinkChannel.Stdout, 0, "one"u8),
            GuestFrames.Output(1, LinkChannel.Stderr, 0, "two"u8),
            GuestFrames.Output(1, LinkChannel.Stdout, 3, "three"u8),
            GuestFrames.Exit(1, 3),
            GuestFrames.OutputEnd(1, LinkChannel.Stdout, 8),
            GuestFrames.OutputEnd(1, LinkChannel.Stderr, 3),
            GuestFrames.Drained(1));
        await process.Drained;
        var chunks = await ReadAsync(process, OutputUntil.Drained);
        Assert.Equal(
            [(LinkChannel.Stdout, 0ul, "one"), (LinkChannel.Stderr, 0ul, "two"), (LinkChannel.Stdout, 3ul, "three")],
            chunks.Select(chunk => (chunk.Channel, chunk.Offset, Encoding.ASCII.GetString(chunk.Data))));
        var exit = await process.Exited;
        Assert.Equal((3, (int?)null, false), (exit.Code, exit.Signal, exit.OutOfMemory));
        Assert.Equal((TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2), 4_096), (exit.UserTime, exit.SystemTime, exit.PeakMemoryBytes));
        await guest.ExpectAsync(FrameType.Forget);
        Assert.False(process.Signal(9, SignalScope.Process));
        Assert.False(await process.WriteInputAsync(new byte[1], Test));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_start_that_fails_says_where()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var starting = guest.Link.StartAsync(ScriptedGuest.Shell, Test);
        await guest.ExpectAsync(FrameType.Start);
        await guest.SendAsync(GuestFrames.StartFailed(1));
        var result = await starting;
        Assert.False(result.IsStarted);
        Assert.Equal(new StartFailure(StartStage.Exec, 2, "no such program"), result.Failure);

        starting = guest.Link.StartAsync(ScriptedGuest.Shell, Test);
        await guest.ExpectAsync(FrameType.Start);
        await guest.SendAsync(GuestFrames.Started(2, known: 1));
        Assert.Equal(StartStage.AlreadyStarted, (await starting).Failure?.Stage);
        var large = ScriptedGuest.Shell with { File = new FileToMake("/f", new byte[LinkLimits.PayloadToGuest]) };
        Assert.Equal(StartStage.TooLong, (await guest.Link.StartAsync(large, Test)).Failure?.Stage);
        // A number is not used for what was never sent.
        Assert.Equal(3u, (await guest.StartAsync()).Number);
    }

    [Fact(Timeout = 60_000)]
    public async Task Output_ends_at_drained_or_when_every_channel_has_ended()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, 0, "own"u8), GuestFrames.Exit(1), GuestFrames.Drained(1));
        Assert.Equal("own", Text(await ReadAsync(process, OutputUntil.Drained)));
        var rest = ReadAsync(process, OutputUntil.Ended);
        await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, 3, "left behind"u8), GuestFrames.OutputEnd(1, LinkChannel.Stderr, 0));
        Assert.False(rest.IsCompleted);
        await guest.SendAsync(GuestFrames.OutputEnd(1, LinkChannel.Stdout, 14));
        Assert.Equal("left behind", Text(await rest));
        await guest.ExpectAsync(FrameType.Forget);
    }

    [Fact(Timeout = 60_000)]
    public async Task Input_waits_for_the_window_and_ends_at_its_offset()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        var data = new byte[LinkLimits.InputWindow + 10];
        new Random(1).NextBytes(data);
        var writing = process.WriteInputAsync(data, Test);
        var ending = process.EndInputAsync(Test);
        var received = new MemoryStream();
        while (received.Length < LinkLimits.InputWindow)
        {
            await TakeInputAsync();
        }

        Assert.False(writing.IsCompleted);
        await guest.SendAsync(GuestFrames.InputAck(1, 10));
        await TakeInputAsync();
        Assert.True(await writing);
        await ending;
        var end = await guest.ExpectAsync(FrameType.InputEnd);
        Assert.Equal((ulong)data.Length, end.Offset);
        Assert.Equal(data, received.ToArray());
        Assert.False(await process.WriteInputAsync(new byte[1], Test));

        async Task TakeInputAsync()
        {
            var frame = await guest.ExpectAsync(FrameType.Input);
            Assert.Equal((ulong)received.Length, frame.Offset);
            received.Write(frame.Payload.AsSpan(8));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_writer_learns_that_the_program_closed_its_stdin_or_exited()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var closing = await guest.StartAsync();
        var exiting = await guest.StartAsync(ScriptedGuest.Shell with { Id = "q" });
        var writes = new[] { closing.WriteInputAsync(new byte[100_000], Test), exiting.WriteInputAsync(new byte[100_000], Test) };
        await guest.ExpectAsync(FrameType.Input);
        await guest.SendAsync(GuestFrames.InputAck(1, ulong.MaxValue), GuestFrames.Exit(2));
        Assert.False(await writes[0]);
        Assert.False(await writes[1]);
        await closing.EndInputAsync(Test);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_process_started_without_stdin_takes_none()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync(ScriptedGuest.Shell with { StdinClosed = true });
        Assert.False(await process.WriteInputAsync(new byte[1], Test));
        await process.EndInputAsync(Test);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_signal_overtakes_input_and_is_not_sent_twice()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var processes = new List<GuestProcess>();
        for (var i = 0; i < 4; i++)
        {
            processes.Add(await guest.StartAsync(ScriptedGuest.Shell with { Id = $"p{i}" }));
        }

        // The pipe holds 64 KiB and nobody reads: the rest of 256 KiB waits in the outboxes.
        foreach (var process in processes)
        {
            Assert.True(await process.WriteInputAsync(new byte[LinkLimits.InputWindow], Test));
        }

        await guest.WaitUntilFullAsync();

        Assert.True(processes[3].Signal(2, SignalScope.Process));
        Assert.True(processes[3].Signal(2, SignalScope.Process));
        Assert.True(processes[3].Signal(9, SignalScope.Everything));
        var signals = new List<(byte, byte)>();
        var input = 0;
        while (input < 4 * LinkLimits.InputWindow)
        {
            var frame = await guest.ReceiveAsync();
            if (frame.Type == FrameType.Signal)
            {
                Assert.Equal(processes[3].Number, frame.Process);
                // What was in the pipe, and the one frame that was being written.
                Assert.InRange(input, 0, 65_536 + LinkLimits.InputFrame);
                signals.Add((frame.Payload[0], frame.Payload[1]));
            }
            else
            {
                Assert.Equal(FrameType.Input, frame.Type);
                input += frame.Payload.Length - 8;
            }
        }

        Assert.Equal([((byte)2, (byte)0), ((byte)9, (byte)1)], signals);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_mould_is_poured()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync(ScriptedGuest.Shell with { Mould = new Mould("/run/s", "/run/r") });
        var pour = new ProcessPour { Content = "print(1)"u8.ToArray(), ResultChannel = true };
        var pouring = process.PourAsync(pour, Test);
        Assert.Equal(process.Number, (await guest.ExpectAsync(FrameType.Pour)).Process);
        await guest.SendAsync(GuestFrames.Poured(1), GuestFrames.Output(1, LinkChannel.Result, 0, "1"u8));
        Assert.Null(await pouring);
        Assert.Equal(StartStage.NoWaitingMould, (await process.PourAsync(pour, Test))?.Stage);
        await guest.SendAsync(GuestFrames.Exit(1), GuestFrames.Drained(1));
        Assert.Equal(LinkChannel.Result, Assert.Single(await ReadAsync(process, OutputUntil.Drained)).Channel);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_pour_that_was_refused_can_be_tried_again()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync(ScriptedGuest.Shell with { Mould = new Mould("/run/s") });
        foreach (var (answer, stage) in new (byte[], StartStage?)[] { (GuestFrames.StartFailed(1, 17, 1), StartStage.File), (GuestFrames.Poured(1), null) })
        {
            var pouring = process.PourAsync(new ProcessPour { Content = new byte[1] }, Test);
            await guest.ExpectAsync(FrameType.Pour);
            await guest.SendAsync(answer);
            Assert.Equal(stage, (await pouring)?.Stage);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("ä")]
    public void What_the_agent_would_take_for_a_broken_host_is_no_id(string id) =>
        Assert.Throws<ArgumentException>(() => ProcessStart.ToFields(ScriptedGuest.Shell with { Id = id }));

    [Fact(Timeout = 60_000)]
    public async Task A_pour_into_a_mould_that_died_fails()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync(ScriptedGuest.Shell with { Mould = new Mould("/run/s") });
        var pouring = process.PourAsync(new ProcessPour { Content = new byte[1] }, Test);
        await guest.ExpectAsync(FrameType.Pour);
        await guest.SendAsync(GuestFrames.Exit(1, 9, kind: 1));
        Assert.Equal(StartStage.NoWaitingMould, (await pouring)?.Stage);
        await guest.SendAsync(GuestFrames.Drained(1));
        await process.Drained;
        process.Dispose();
        await guest.ExpectAsync(FrameType.Forget);
        // The agent may have refused it as well, before or after it forgot.
        await guest.SendAsync(GuestFrames.StartFailed(1, 3, 6), GuestFrames.StartFailed(1, 3, 6));
        Assert.Equal(2u, (await guest.StartAsync()).Number);
        await Assert.ThrowsAsync<ArgumentException>(() => process.PourAsync(new ProcessPour { Content = new byte[1], ResultChannel = true }, Test));
    }

    [Fact(Timeout = 60_000)]
    public async Task Giving_a_start_up_ends_what_starts_nevertheless()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        using var give = CancellationTokenSource.CreateLinkedTokenSource(Test);
        var starting = guest.Link.StartAsync(ScriptedGuest.Shell, give.Token);
        await guest.ExpectAsync(FrameType.Start);
        await give.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        await guest.SendAsync(GuestFrames.Started(1));
        var signal = await guest.ExpectAsync(FrameType.Signal);
        Assert.Equal([9, 1], signal.Payload);
        await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, 0, new byte[100]), GuestFrames.Exit(1, 9, kind: 1), GuestFrames.Drained(1));
        await guest.ExpectAsync(FrameType.Forget);
        // What was on its way then is let pass.
        await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, 100, "x"u8), GuestFrames.OutputEnd(1, LinkChannel.Stdout, 101));
        Assert.Equal(2u, (await guest.StartAsync()).Number);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_start_that_was_not_sent_yet_is_taken_back()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var processes = new[] { await guest.StartAsync(), await guest.StartAsync(ScriptedGuest.Shell with { Id = "q" }) };
        foreach (var process in processes)
        {
            Assert.True(await process.WriteInputAsync(new byte[LinkLimits.InputWindow], Test));
        }

        // Half of that fills the pipe, so that a START waits in its outbox.
        await guest.WaitUntilFullAsync();
        using var give = CancellationTokenSource.CreateLinkedTokenSource(Test);
        var starting = guest.Link.StartAsync(ScriptedGuest.Shell with { Id = "never" }, give.Token);
        await give.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        for (var input = 0; input < 2 * LinkLimits.InputWindow;)
        {
            input += (await guest.ExpectAsync(FrameType.Input)).Payload.Length - 8;
        }

        // The one that was taken back used its number up; the next frame is the next start's.
        Assert.Equal(4u, (await guest.StartAsync(ScriptedGuest.Shell with { Id = "r" })).Number);
    }

    [Fact(Timeout = 60_000)]
    public async Task Giving_input_up_leaves_the_offsets_whole()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        using var give = CancellationTokenSource.CreateLinkedTokenSource(Test);
        var writing = process.WriteInputAsync(new byte[LinkLimits.InputWindow + 1], give.Token);
        for (var input = 0; input < LinkLimits.InputWindow;)
        {
            input += (await guest.ExpectAsync(FrameType.Input)).Payload.Length - 8;
        }

        await give.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        await guest.SendAsync(GuestFrames.InputAck(1, LinkLimits.InputWindow));
        Assert.True(await process.WriteInputAsync(new byte[1], Test));
        Assert.Equal((ulong)LinkLimits.InputWindow, (await guest.ExpectAsync(FrameType.Input)).Offset);
    }

    [Fact(Timeout = 60_000)]
    public async Task Giving_up_reading_loses_nothing()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        using var give = CancellationTokenSource.CreateLinkedTokenSource(Test);
        await using (var output = process.ReadOutputAsync(cancellationToken: give.Token).GetAsyncEnumerator(Test))
        {
            var next = output.MoveNextAsync();
            await give.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        }

        await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, 0, "kept"u8), GuestFrames.Exit(1), GuestFrames.Drained(1));
        Assert.Equal("kept", Text(await ReadAsync(process, OutputUntil.Drained)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_disposed_process_takes_its_output_until_it_is_over()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, 0, new byte[65_536]));
        await using var reader = process.ReadOutputAsync(cancellationToken: Test).GetAsyncEnumerator(Test);
        Assert.True(await reader.MoveNextAsync());
        var next = reader.MoveNextAsync();
        process.Dispose();
        process.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await next);
        Assert.Equal(65_536ul, (await guest.ExpectAsync(FrameType.OutputAck)).Offset);
        await guest.ExpectAsync(FrameType.Signal);
        await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, 65_536, new byte[65_536]));
        Assert.Equal(131_072ul, (await guest.ExpectAsync(FrameType.OutputAck)).Offset);
        await guest.SendAsync(GuestFrames.Exit(1, 9, kind: 1), GuestFrames.Drained(1));
        await guest.ExpectAsync(FrameType.Forget);
        Assert.Equal(9, (await process.Exited).Signal);
        Assert.Equal(StartStage.NoWaitingMould, (await process.PourAsync(new ProcessPour { Content = new byte[1] }, Test))?.Stage);
    }

    [Fact(Timeout = 60_000)]
    public async Task Processes_beyond_the_bound_are_refused_until_some_are_over()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var first = await guest.StartAsync();
        for (var i = 1; i < LinkLimits.Processes; i++)
        {
            await guest.StartAsync(ScriptedGuest.Shell with { Id = $"p{i}" });
        }

        Assert.Equal(StartStage.TooManyProcesses, (await guest.Link.StartAsync(ScriptedGuest.Shell with { Id = "more" }, Test)).Failure?.Stage);
        await guest.SendAsync(GuestFrames.Exit(1), GuestFrames.Drained(1));
        await first.Drained;
        first.Dispose();
        await guest.ExpectAsync(FrameType.Forget);
        await guest.StartAsync(ScriptedGuest.Shell with { Id = "more" });
    }

    private static string Text(IEnumerable<OutputChunk> chunks) => string.Concat(chunks.Select(chunk => Encoding.ASCII.GetString(chunk.Data)));

    private static async Task<List<OutputChunk>> ReadAsync(GuestProcess process, OutputUntil until)
    {
        var chunks = new List<OutputChunk>();
        await foreach (var chunk in process.ReadOutputAsync(until, Test))
        {
            chunks.Add(chunk);
        }

        return chunks;
    }
}
