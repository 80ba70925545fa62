using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class GuestLinkFlowTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_reader_that_stops_stops_acknowledging_and_one_that_reads_acknowledges_by_quarters()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        var piece = new byte[32_768];
        for (var i = 0; i < 8; i++)
        {
            await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, (ulong)(i * piece.Length), piece));
        }

        // Nothing was read, so nothing is acknowledged: the next frame of the host is the answer to this PING.
        var ping = guest.Link.PingAsync(Test);
        await guest.SendAsync(GuestFrames.Pong((await guest.ExpectAsync(FrameType.Ping)).Offset));
        await ping;
        var read = 0ul;
        await foreach (var chunk in process.ReadOutputAsync(cancellationToken: Test))
        {
            Assert.Equal(read, chunk.Offset);
            read += (ulong)chunk.Data.Length;
            if (read % LinkLimits.OutputAcknowledgeStep == 0)
            {
                var ack = await guest.ExpectAsync(FrameType.OutputAck);
                Assert.Equal(((byte)LinkChannel.Stdout, read), (ack.Header.Channel, ack.Offset));
            }

            if (read == LinkLimits.OutputWindow)
            {
                break;
            }
        }

        // The window is open again, whole, and reading goes on where it was.
        await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, LinkLimits.OutputWindow, "x"u8));
        await using var rest = process.ReadOutputAsync(cancellationToken: Test).GetAsyncEnumerator(Test);
        Assert.True(await rest.MoveNextAsync());
        Assert.Equal((ulong)LinkLimits.OutputWindow, rest.Current.Offset);
        await using var second = process.ReadOutputAsync(cancellationToken: Test).GetAsyncEnumerator(Test);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await second.MoveNextAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_reader_that_stalls_stalls_no_other_process()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var stalled = await guest.StartAsync();
        var lively = await guest.StartAsync(ScriptedGuest.Shell with { Id = "q" });
        for (var channel = LinkChannel.Stdout; channel <= LinkChannel.Stderr; channel++)
        {
            for (var i = 0; i < 4; i++)
            {
                await guest.SendAsync(GuestFrames.Output(stalled.Number, channel, (ulong)i * 65_536, new byte[65_536]));
            }
        }

        // Both windows of the one are full. Ten windows pass through the other.
        const int Pieces = 40;
        var sending = SendWithinWindowAsync();
        var read = 0L;
        await foreach (var chunk in lively.ReadOutputAsync(cancellationToken: Test))
        {
            read += chunk.Data.Length;
        }

        await sending;
        Assert.Equal(Pieces * 65_536L, read);
        stalled.Dispose();
        Assert.Equal(FrameType.Signal, (await SkipAcknowledgementsAsync()).Type);

        async Task SendWithinWindowAsync()
        {
            ulong acknowledged = 0;
            for (ulong sent = 0; sent < Pieces * 65_536; sent += 65_536)
            {
                while (sent + 65_536 > acknowledged + LinkLimits.OutputWindow)
                {
                    var ack = await guest.ExpectAsync(FrameType.OutputAck);
                    Assert.Equal(lively.Number, ack.Process);
                    acknowledged = ack.Offset;
                }

                await guest.SendAsync(GuestFrames.Output(lively.Number, LinkChannel.Stdout, sent, new byte[65_536]));
            }

            await guest.SendAsync(GuestFrames.Exit(lively.Number), GuestFrames.Drained(lively.Number));
        }

        async Task<HostFrame> SkipAcknowledgementsAsync()
        {
            while (true)
            {
                var frame = await guest.ReceiveAsync();
                if (frame.Type != FrameType.OutputAck)
                {
                    return frame;
                }
            }
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_guest_that_reads_nothing_costs_one_acknowledgement_a_channel()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        var blocker = await guest.StartAsync(ScriptedGuest.Shell with { Id = "q" });
        Assert.True(await blocker.WriteInputAsync(new byte[LinkLimits.InputWindow], Test));

        await guest.WaitUntilFullAsync();

        // The host's writes stand still. Its reader takes 100 windows, and all that waits for the guest is the last acknowledgement.
        const ulong Pieces = 400;
        for (ulong i = 0; i < Pieces; i++)
        {
            await guest.SendAsync(GuestFrames.Output(process.Number, LinkChannel.Stdout, i * 65_536, new byte[65_536]));
            await Taken(i);
        }

        HostFrame frame;
        while ((frame = await guest.ReceiveAsync()).Type == FrameType.Input)
        {
            Assert.Equal(blocker.Number, frame.Process);
        }

        Assert.Equal((FrameType.OutputAck, Pieces * 65_536), (frame.Type, frame.Offset));

        async Task Taken(ulong piece)
        {
            await using var reader = process.ReadOutputAsync(cancellationToken: Test).GetAsyncEnumerator(Test);
            Assert.True(await reader.MoveNextAsync());
            Assert.Equal(piece * 65_536, reader.Current.Offset);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Fifty_processes_at_once_keep_their_output_apart()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var processes = new List<GuestProcess>();
        for (var i = 0; i < 50; i++)
        {
            processes.Add(await guest.StartAsync(ScriptedGuest.Shell with { Id = $"p{i}" }));
        }

        var reading = processes.Select(SumAsync).ToList();
        for (var round = 0; round < 100; round++)
        {
            foreach (var process in processes)
            {
                await guest.SendAsync(GuestFrames.Output(process.Number, LinkChannel.Stdout, (ulong)round, [(byte)process.Number]));
            }
        }

        foreach (var process in processes)
        {
            await guest.SendAsync(GuestFrames.Exit(process.Number), GuestFrames.Drained(process.Number));
        }

        var sums = await Task.WhenAll(reading);
        Assert.Equal(processes.Select(process => 100L * process.Number), sums);

        async Task<long> SumAsync(GuestProcess process)
        {
            var sum = 0L;
            await foreach (var chunk in process.ReadOutputAsync(cancellationToken: Test))
            {
                sum += chunk.Data.Sum(value => (long)value);
            }

            return sum;
        }
    }
}
