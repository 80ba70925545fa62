using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class GuestLinkDiskTests
{
    private static readonly TimeSpan _long = TimeSpan.FromMinutes(1);

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Calls_at_the_same_time_share_one_question()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var answers = new[] { guest.Link.AskDiskAsync(_long, Test), guest.Link.AskDiskAsync(_long, Test) };
        await guest.ExpectAsync(FrameType.Disk);
        await guest.SendAsync(GuestFrames.DiskUsage(12_288, 1 << 20));
        Assert.All(await Task.WhenAll(answers), usage => Assert.Equal(new DiskUsage(12_288, 1 << 20), usage));

        var again = guest.Link.AskDiskAsync(_long, Test);
        await guest.ExpectAsync(FrameType.Disk);
        await guest.SendAsync(GuestFrames.DiskUsage(0, 1 << 20));
        Assert.Equal(0, (await again)?.UsedBytes);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_guest_that_does_not_answer_is_not_waited_for_and_not_asked_again()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        Assert.Null(await guest.Link.AskDiskAsync(TimeSpan.FromMilliseconds(20), Test));
        await guest.ExpectAsync(FrameType.Disk);
        Assert.Null(await guest.Link.AskDiskAsync(TimeSpan.FromMilliseconds(20), Test));

        var ping = guest.Link.PingAsync(Test);
        var next = await guest.ExpectAsync(FrameType.Ping);
        var late = guest.Link.AskDiskAsync(_long, Test);
        await guest.SendAsync(GuestFrames.DiskUsage(5, 10), GuestFrames.Pong(next.Offset));
        await ping;
        Assert.Equal(5, (await late)?.UsedBytes);
    }

    [Fact(Timeout = 60_000)]
    public async Task Whoever_gives_up_leaves_the_others_their_answer()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        using var giveUp = new CancellationTokenSource();
        var one = guest.Link.AskDiskAsync(_long, giveUp.Token);
        var other = guest.Link.AskDiskAsync(_long, Test);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        await guest.ExpectAsync(FrameType.Disk);
        await guest.SendAsync(GuestFrames.DiskUsage(1, 2));
        Assert.Equal(1, (await other)?.UsedBytes);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_question_fails_with_the_link()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var answer = guest.Link.AskDiskAsync(_long, Test);
        await guest.ExpectAsync(FrameType.Disk);
        await guest.HangUpAsync();
        Assert.Equal(LinkEndKind.GuestGone, (await Assert.ThrowsAsync<LinkException>(() => answer)).End.Kind);
        await Assert.ThrowsAsync<LinkException>(() => guest.Link.AskDiskAsync(_long, Test));
    }
}
