using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class TerminalTests
{
    private static readonly ProcessStart _terminal = ScriptedGuest.Shell with { Terminal = new TerminalSize(24, 80) };

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task A_start_with_a_terminal_says_its_size_and_has_one_channel()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var starting = guest.Link.StartAsync(_terminal, Test);
        var start = await guest.ExpectAsync(FrameType.Start);
        Assert.Equal([24, 0, 80, 0], start.Fields().Single(field => field.Tag == 12).Value);
        await guest.SendAsync(GuestFrames.Started(1));
        var process = (await starting).Process!;
        await guest.SendAsync(
            GuestFrames.Output(1, LinkChannel.Terminal, 0, "$ "u8), GuestFrames.Exit(1), GuestFrames.Drained(1), GuestFrames.OutputEnd(1, LinkChannel.Terminal, 2));

        await foreach (var chunk in process.ReadOutputAsync(OutputUntil.Ended, Test))
            Assert.Equal((LinkChannel.Terminal, "$ "), (chunk.Channel, System.Text.Encoding.ASCII.GetString(chunk.Data)));
        await guest.ExpectAsync(FrameType.Forget);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, (byte)LinkChannel.Stdout)]
    [InlineData(true, (byte)LinkChannel.Stderr)]
    [InlineData(false, (byte)LinkChannel.Terminal)]
    [InlineData(true, 5)]
    public async Task Output_on_a_channel_that_the_process_does_not_have_ends_the_link(bool terminal, byte channel)
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        await guest.StartAsync(terminal ? _terminal : ScriptedGuest.Shell);
        await guest.SendHostileAsync(GuestFrames.Output(1, (LinkChannel)channel, 0, "x"u8));
        Assert.Equal(LinkRule.WrongChannel, (await guest.Link.Ended.WaitAsync(Test)).Rule);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_newest_size_alone_is_said()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync(_terminal);
        var other = await guest.StartAsync(ScriptedGuest.Shell with { Id = "q" });
        // The writer stands still in a full pipe; behind it only the last size waits.
        Assert.True(await other.WriteInputAsync(new byte[LinkLimits.InputWindow], Test));
        await guest.WaitUntilFullAsync();
        for (ushort rows = 1; rows <= 1_000; rows++) Assert.True(process.Resize(new TerminalSize(rows, 7)));

        var sizes = new List<byte[]>();
        var ping = guest.Link.PingAsync(Test);
        HostFrame frame;
        while ((frame = await guest.ReceiveAsync()).Type != FrameType.Ping)
        {
            if (frame.Type == FrameType.Resize) sizes.Add(frame.Payload);
        }

        await guest.SendAsync(GuestFrames.Pong(frame.Offset));
        await ping;

        Assert.Equal([0xe8, 0x03, 7, 0], Assert.Single(sizes));
        Assert.Throws<InvalidOperationException>(() => other.Resize(new TerminalSize(1, 1)));
    }

    [Fact]
    public void A_terminal_is_the_only_channel_of_its_program()
    {
        Assert.Throws<ArgumentException>(() => ProcessStart.ToFields(_terminal with { ResultChannel = true }));
        Assert.Throws<ArgumentException>(() => ProcessStart.ToFields(_terminal with { StdinClosed = true }));
        Assert.Throws<ArgumentException>(() => ProcessStart.ToFields(_terminal with { Mould = new Mould("/run/s") }));
    }
}
