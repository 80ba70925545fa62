using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class ChannelsApartTests
{
    private static readonly ProcessStart _apart = ScriptedGuest.Shell with { ChannelsApart = true };

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_channel_that_nobody_reads_holds_up_no_other()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync(_apart);
        var window = new byte[LinkLimits.OutputFrame];
        for (ulong sent = 0; sent < LinkLimits.OutputWindow; sent += LinkLimits.OutputFrame)
            await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, sent, window));
        await using var errors = process.ReadChannelAsync(LinkChannel.Stderr, Test).GetAsyncEnumerator(Test);

        for (ulong sent = 0; sent < 2 * LinkLimits.OutputWindow; sent += LinkLimits.OutputFrame)
        {
            await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stderr, sent, window));
            Assert.True(await errors.MoveNextAsync());
            Assert.Equal((LinkChannel.Stderr, sent), (errors.Current.Channel, errors.Current.Offset));
            Assert.Equal(((byte)LinkChannel.Stderr, sent + LinkLimits.OutputFrame), (await guest.ExpectAsync(FrameType.OutputAck)) is var ack
                ? (ack.Header.Channel, ack.Offset) : default);
        }

        Assert.Equal(LinkLimits.OutputWindow, await LengthAsync(process, LinkChannel.Stdout, guest));
    }

    [Fact(Timeout = 30_000)]
    public async Task Readers_have_caught_up_when_all_that_the_process_wrote_was_taken_though_a_channel_is_open()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync(_apart);
        await using var output = process.ReadChannelAsync(LinkChannel.Stdout, Test).GetAsyncEnumerator(Test);
        await using var errors = process.ReadChannelAsync(LinkChannel.Stderr, Test).GetAsyncEnumerator(Test);
        await guest.SendAsync(GuestFrames.Output(1, LinkChannel.Stdout, 0, "x"u8), GuestFrames.Exit(1), GuestFrames.Drained(1));
        await guest.SendAsync(GuestFrames.OutputEnd(1, LinkChannel.Stderr, 0));
        await process.Drained.WaitAsync(Test);

        Assert.False(await errors.MoveNextAsync());
        Assert.True(await output.MoveNextAsync());
        Assert.False(process.CaughtUp.IsCompleted);
        var next = output.MoveNextAsync();
        await process.CaughtUp.WaitAsync(Test);
        Assert.False(next.IsCompleted);

        await guest.SendAsync(GuestFrames.OutputEnd(1, LinkChannel.Stdout, 1));
        Assert.False(await next);
        await guest.ExpectAsync(FrameType.Forget);
    }

    [Fact(Timeout = 30_000)]
    public async Task Apart_and_together_are_not_mixed()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var apart = await guest.StartAsync(_apart);
        Assert.Throws<InvalidOperationException>(() => apart.ReadOutputAsync(cancellationToken: Test));
        Assert.Throws<InvalidOperationException>(() => apart.ReadChannelAsync(LinkChannel.Terminal, Test));
        var together = await guest.StartAsync(ScriptedGuest.Shell with { Id = "q" });
        Assert.Throws<InvalidOperationException>(() => together.ReadChannelAsync(LinkChannel.Stdout, Test));
    }

    private static async Task<int> LengthAsync(GuestProcess process, LinkChannel channel, ScriptedGuest guest)
    {
        await guest.SendAsync(GuestFrames.OutputEnd(process.Number, channel, LinkLimits.OutputWindow));
        var length = 0;
        await foreach (var chunk in process.ReadChannelAsync(channel, Test)) length += chunk.Data.Length;
        return length;
    }
}
