using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

public sealed class GuestLinkConnectTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task The_host_configures_after_hello_and_is_connected_at_ready()
    {
        await using var guest = new ScriptedGuest();
        var connecting = guest.ConnectAsync();
        await guest.SendAsync(GuestFrames.Hello(agent: "agent 7"));
        var configure = await guest.ExpectAsync(FrameType.Configure);
        Assert.Equal([1, 2, 3, 4, 5, 6], configure.Fields().Select(field => field.Tag));
        Assert.Equal("sandbox", Encoding.UTF8.GetString(configure.Fields()[0].Value));
        Assert.False(connecting.IsCompleted);
        await guest.SendAsync(GuestFrames.Ready());
        var link = await connecting;
        Assert.Equal(new GuestHello(1, "agent 7"), link.Hello);
        Assert.False(link.Ended.IsCompleted);
    }

    [Fact(Timeout = 60_000)]
    public async Task Another_version_is_refused_with_what_to_do()
    {
        await using var guest = new ScriptedGuest();
        var connecting = guest.ConnectAsync();
        await guest.SendAsync(GuestFrames.Hello(version: 2, flags: 0xff));
        var failure = await Assert.ThrowsAsync<LinkException>(() => connecting);
        Assert.Equal(LinkEndKind.VersionMismatch, failure.End.Kind);
        Assert.Contains("./sandbox setup", failure.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false, "HELLO")]
    [InlineData(true, "READY")]
    public async Task A_silent_agent_is_given_up_at_the_deadline(bool hello, string missing)
    {
        var time = new FakeTimeProvider();
        await using var guest = new ScriptedGuest();
        var connecting = guest.ConnectAsync(new GuestLinkOptions { ConnectTimeout = TimeSpan.FromSeconds(3) }, time);
        if (hello)
        {
            await guest.SendAsync(GuestFrames.Hello());
            await guest.ExpectAsync(FrameType.Configure);
        }

        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(connecting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));
        var failure = await Assert.ThrowsAsync<LinkException>(() => connecting);
        Assert.Equal(LinkEndKind.ConnectTimeout, failure.End.Kind);
        Assert.Contains(missing, failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_agent_that_dies_or_fails_first_says_so()
    {
        await using var gone = new ScriptedGuest();
        var connecting = gone.ConnectAsync();
        await gone.HangUpAsync();
        Assert.Equal(LinkEndKind.GuestGone, (await Assert.ThrowsAsync<LinkException>(() => connecting)).End.Kind);

        await using var failing = new ScriptedGuest();
        connecting = failing.ConnectAsync();
        await failing.SendAsync(GuestFrames.Hello(), GuestFrames.Failure(5, "mount: no\u0001such device"));
        var failure = await Assert.ThrowsAsync<LinkException>(() => connecting);
        Assert.Equal(LinkEndKind.GuestFailed, failure.End.Kind);
        Assert.Contains("mount: no such device", failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Giving_up_closes_the_link()
    {
        using var give = CancellationTokenSource.CreateLinkedTokenSource(Test);
        await using var guest = new ScriptedGuest();
        var connecting = guest.ConnectAsync(cancellationToken: give.Token);
        await give.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        await Assert.ThrowsAsync<EndOfStreamException>(guest.ReceiveAsync);
    }

    [Fact(Timeout = 60_000)]
    public async Task Calls_at_the_same_time_share_one_ping()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var pings = new[] { guest.Link.PingAsync(Test), guest.Link.PingAsync(Test) };
        var ping = await guest.ExpectAsync(FrameType.Ping);
        await guest.SendAsync(GuestFrames.Pong(ping.Offset));
        await Task.WhenAll(pings);
        var again = guest.Link.PingAsync(Test);
        ping = await guest.ExpectAsync(FrameType.Ping);
        Assert.Equal(2ul, ping.Offset);
        await guest.SendAsync(GuestFrames.Pong(ping.Offset));
        await again;
    }

    [Fact(Timeout = 60_000)]
    public async Task Shutdown_is_said_and_waited_for()
    {
        await using var guest = await ScriptedGuest.ReadyAsync();
        var process = await guest.StartAsync();
        var shutdown = guest.Link.ShutdownAsync(Test);
        await guest.ExpectAsync(FrameType.Shutdown);
        await guest.HangUpAsync();
        Assert.Equal(LinkEndKind.ShutDown, (await shutdown).Kind);
        await Assert.ThrowsAsync<LinkException>(() => process.Exited);
    }
}
