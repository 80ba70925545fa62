using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class GuestLinkWatchTests
{
    private const int Questions = 10;
    private static readonly TimeSpan _every = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task An_agent_that_answers_late_is_asked_again_and_one_that_does_not_is_gone()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var watching = guest.Link.WatchAsync(_every, Questions, () => false);
        for (var i = 0; i < 3; i++)
        {
            var ping = await guest.ExpectAsync(FrameType.Ping);
            await Task.Delay(1.5 * _every, Test);
            await guest.SendAsync(GuestFrames.Pong(ping.Offset));
        }

        Assert.False(watching.IsCompleted);
        await guest.ExpectAsync(FrameType.Ping);
        var end = await guest.Link.Ended.WaitAsync(Test);
        Assert.Equal(LinkEndKind.GuestFailed, end.Kind);
        Assert.Contains("no sign of life for 1 s", end.Message, StringComparison.Ordinal);
        await watching;
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_is_stopped_or_held_is_waited_for()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var stopped = true;
        var watching = guest.Link.WatchAsync(_every, Questions, () => Volatile.Read(ref stopped));
        var ping = await guest.ExpectAsync(FrameType.Ping);
        await Task.Delay(2 * Questions * _every, Test);
        var holding = guest.Link.HoldAsync();
        await guest.ExpectAsync(FrameType.Hold);
        Volatile.Write(ref stopped, false);
        await guest.SendAsync(GuestFrames.Pong(ping.Offset), GuestFrames.Held());
        await holding;
        await Task.Delay(2 * Questions * _every, Test);
        Assert.False(guest.Link.Ended.IsCompleted);

        await guest.Link.DisposeAsync();
        await watching;
        Assert.Equal(LinkEndKind.Closed, (await guest.Link.Ended).Kind);
    }
}
