using System.Collections.Concurrent;
using Orleans.Streams;
using Sandbox.Grains.Events;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Tests.Doubles;

namespace Sandbox.Grains.Tests.Events;

public sealed class EventReadingTests(SharedSilo shared)
{
    private const int Deadline = 60_000;
    private readonly TestSilo _silo = shared.Silo;
    private readonly string _owner = Keys.Owner();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ISandboxGrain Sandbox => _silo.Sandbox($"{_owner}/one");

    [Fact(Timeout = Deadline)]
    public async Task A_follower_gets_each_event_as_it_happens_and_ends_with_the_sandbox()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await using var reading = Sandbox.ReadEventsAsync(0, true, Token).GetAsyncEnumerator(Token);
        Assert.Equal((1, SandboxEventType.Created), await NextAsync(reading));
        await Sandbox.StartAsync(Specs.Process("p"), null, null, Token);
        Assert.Equal((2, SandboxEventType.ProcessStarted), await NextAsync(reading));
        _silo.Host[$"{_owner}/one"].Process("p").End(code: 4);
        Assert.Equal((3, SandboxEventType.ProcessExited), await NextAsync(reading));
        Assert.Equal(("p", 4), (reading.Current.ProcessId, reading.Current.End!.Code));
        await Sandbox.DeleteAsync("Asked.");
        Assert.Equal((4, SandboxEventType.Deleting), await NextAsync(reading));
        Assert.Equal((5, SandboxEventType.Deleted), await NextAsync(reading));
        Assert.False(await reading.MoveNextAsync());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_that_comes_back_goes_on_where_it_was()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        for (var i = 0; i < 20; i++) await Sandbox.StartAsync(Specs.Process($"p{i}"), null, null, Token);
        long since = 0;
        var seen = new List<long>();
        while (seen.Count < 21)
        {
            await foreach (var happened in Sandbox.ReadEventsAsync(since, true, Token))
            {
                seen.Add(since = happened.Sequence);
                if (since % 3 == 0) break;
            }
        }

        Assert.Equal(Enumerable.Range(1, 21).Select(number => (long)number), seen);
        Assert.Empty(await Sandbox.ReadEventsAsync(21, false, Token).AllAsync());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_created_anew_tells_nothing_of_the_one_before()
    {
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await Sandbox.DeleteAsync("Asked.");
        await Sandbox.CreateAsync(Specs.Plain, Token);
        var happened = Assert.Single(await Sandbox.ReadEventsAsync(0, false, Token).AllAsync());
        Assert.Equal((4, SandboxEventType.Created), (happened.Sequence, happened.Type));
    }

    [Fact(Timeout = Deadline)]
    public async Task Whoever_watches_an_owner_is_told_of_all_its_sandboxes()
    {
        var told = new ConcurrentQueue<(string Id, long Sequence, SandboxEventType Type)>();
        var stream = _silo.Client.GetStreamProvider(SandboxStreams.Provider).GetStream<SandboxNotice>(SandboxStreams.Of(_owner));
        var subscription = await stream.SubscribeAsync((notice, _) =>
        {
            told.Enqueue((notice.SandboxId, notice.Event.Sequence, notice.Event.Type));
            return Task.CompletedTask;
        });
        await Sandbox.CreateAsync(Specs.Plain, Token);
        await _silo.Sandbox($"{_owner}/two").CreateAsync(Specs.Plain, Token);
        await Sandbox.DeleteAsync("Asked.");

        await Waiting.UntilAsync(() => told.Count >= 4);
        Assert.Equal([1, 2, 3], told.Where(notice => notice.Id == "one").Select(notice => notice.Sequence));
        Assert.Equal([(1, SandboxEventType.Created)], told.Where(notice => notice.Id == "two").Select(notice => (notice.Sequence, notice.Type)));
        await subscription.UnsubscribeAsync();
    }

    private static async Task<(long Sequence, SandboxEventType Type)> NextAsync(IAsyncEnumerator<SandboxEvent> reading)
    {
        Assert.True(await reading.MoveNextAsync());
        return (reading.Current.Sequence, reading.Current.Type);
    }
}
