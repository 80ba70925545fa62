using System.Threading.Channels;
using Orleans.Streams;

namespace Sandbox.Engine.Tests.Streams;

public sealed class StreamTests(StreamHost host) : IClassFixture<StreamHost>
{
    private const int Deadline = 30_000;
    private readonly string _namespace = $"streams-{Guid.NewGuid():n}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task What_a_grain_publishes_reaches_a_subscriber_in_order()
    {
        var received = Channel.CreateUnbounded<int>();
        var subscription = await SubscribeAsync(_namespace, "a", received);
        await Publish(_namespace, "a", [.. Enumerable.Range(0, 200)]);
        await Publish(_namespace, "a", 200);
        for (var i = 0; i <= 200; i++) Assert.Equal(i, await received.Reader.ReadAsync(Token));
        await subscription.UnsubscribeAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task What_a_client_publishes_reaches_a_subscriber()
    {
        var received = Channel.CreateUnbounded<int>();
        var subscription = await SubscribeAsync(_namespace, "a", received);
        await Stream<int>(_namespace, "a").OnNextAsync(5);
        Assert.Equal(5, await received.Reader.ReadAsync(Token));
        await subscription.UnsubscribeAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task Every_subscriber_of_a_stream_gets_all_of_it_and_nothing_of_others()
    {
        var (first, second) = (Channel.CreateUnbounded<int>(), Channel.CreateUnbounded<int>());
        var subscriptions = new[] { await SubscribeAsync(_namespace, "a", first), await SubscribeAsync(_namespace, "a", second) };
        await Publish(_namespace, "b", 1);
        await Publish(_namespace + "-other", "a", 2);
        await Publish(_namespace, "a", 3, 4);
        foreach (var received in new[] { first, second })
        {
            Assert.Equal(3, await received.Reader.ReadAsync(Token));
            Assert.Equal(4, await received.Reader.ReadAsync(Token));
        }

        Assert.NotEqual(subscriptions[0].HandleId, subscriptions[1].HandleId);
        foreach (var subscription in subscriptions) await subscription.UnsubscribeAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task Whoever_has_unsubscribed_gets_nothing_more()
    {
        var (gone, stays) = (Channel.CreateUnbounded<int>(), Channel.CreateUnbounded<int>());
        var leaving = await SubscribeAsync(_namespace, "a", gone);
        var staying = await SubscribeAsync(_namespace, "a", stays);
        await Publish(_namespace, "a", 1);
        Assert.Equal(1, await gone.Reader.ReadAsync(Token));
        Assert.Equal(1, await stays.Reader.ReadAsync(Token));

        await leaving.UnsubscribeAsync();
        await Publish(_namespace, "a", 2, 3);
        Assert.Equal(2, await stays.Reader.ReadAsync(Token));
        Assert.Equal(3, await stays.Reader.ReadAsync(Token));
        Assert.False(gone.Reader.TryRead(out _));
        await staying.UnsubscribeAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task Each_subscriber_gets_an_item_of_its_own()
    {
        var (first, second) = (Channel.CreateUnbounded<List<int>>(), Channel.CreateUnbounded<List<int>>());
        var one = await SubscribeAsync(_namespace, "a", first);
        var other = await SubscribeAsync(_namespace, "a", second);
        await host.Client.GetGrain<IPublishingGrain>("p").PublishList(_namespace, "a", [1, 2]);
        var (mine, its) = (await first.Reader.ReadAsync(Token), await second.Reader.ReadAsync(Token));
        mine.Add(3);
        Assert.Equal([1, 2, 3], mine);
        Assert.Equal([1, 2], its);
        await one.UnsubscribeAsync();
        await other.UnsubscribeAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_slow_subscriber_does_not_hold_up_the_grain()
    {
        // It may hold up other subscribers of its client: whoever subscribes puts the items aside and returns.
        var received = Channel.CreateUnbounded<int>();
        var stuck = new TaskCompletionSource();
        var slow = await Stream<int>(_namespace, "a").SubscribeAsync((item, _) =>
        {
            Assert.True(received.Writer.TryWrite(item));
            return stuck.Task;
        });
        try
        {
            await Publish(_namespace, "a", 1);
            Assert.Equal(1, await received.Reader.ReadAsync(Token));
            await Publish(_namespace, "a", 2, 3);
            Assert.False(received.Reader.TryRead(out _));
        }
        finally
        {
            stuck.SetResult();
        }

        Assert.Equal(2, await received.Reader.ReadAsync(Token));
        Assert.Equal(3, await received.Reader.ReadAsync(Token));
        await slow.UnsubscribeAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task Publishing_to_nobody_is_nothing_special() => await Publish(_namespace, "a", 1, 2, 3);

    [Fact(Timeout = Deadline)]
    public async Task A_provider_that_was_not_added_is_an_error()
    {
        await Assert.ThrowsAsync<KeyNotFoundException>(() => host.Client.GetGrain<IPublishingGrain>("p").PublishToProvider("none"));
        Assert.Throws<KeyNotFoundException>(() => host.Client.GetStreamProvider("none"));
    }

    [Fact]
    public void A_stream_is_known_by_its_namespace_and_key()
    {
        var id = StreamId.Create("n", "k");
        Assert.Equal(("n", "k"), (id.GetNamespace(), id.GetKeyAsString()));
        Assert.Equal(id, StreamId.Create("n", "k"));
        Assert.NotEqual(id, StreamId.Create("nk", "k"));
        Assert.NotEqual(id, StreamId.Create("n", "kk"));
        Assert.Equal(id.GetHashCode(), StreamId.Create("n", "k").GetHashCode());
        Assert.Equal(id, Stream<int>("n", "k").StreamId);
        Assert.Equal(StreamHost.Provider, Stream<int>("n", "k").ProviderName);
    }

    private IAsyncStream<T> Stream<T>(string ns, string key) =>
        host.Client.GetStreamProvider(StreamHost.Provider).GetStream<T>(StreamId.Create(ns, key));

    private Task Publish(string ns, string key, params int[] items) => host.Client.GetGrain<IPublishingGrain>("p").Publish(ns, key, items);

    private Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(string ns, string key, Channel<T> received) =>
        Stream<T>(ns, key).SubscribeAsync((item, _) =>
        {
            // Not with the test's token: this runs outside of the test's context.
            Assert.True(received.Writer.TryWrite(item));
            return Task.CompletedTask;
        });
}
