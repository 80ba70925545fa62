using Sandbox.Engine.Tests.Hosting;

// The tests' token goes to the enumerator rather than to the method, except where a test is about just that.
#pragma warning disable xUnit1051

namespace Sandbox.Engine.Tests.Enumeration;

public sealed class EnumerationTests(UsualHost host, HastyHost hasty)
{
    private const int Deadline = 60_000;

    [Theory(Timeout = Deadline)]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(100, 0)]
    [InlineData(101, 0)]
    [InlineData(10_000, 0)]
    [InlineData(10_000, 7)]
    [InlineData(300, 1)]
    public async Task All_items_arrive_once_and_in_order(int count, int yieldEvery)
    {
        var grain = host.Grains.GetGrain<IEnumerationGrain>(Key.New());

        Assert.Equal(Enumerable.Range(1, count), await ListAsync(grain.Count(count, yieldEvery)));
        Assert.Equal(0, await grain.Plain());
    }

    [Fact(Timeout = Deadline)]
    public async Task Nothing_runs_before_the_first_item_is_asked_for()
    {
        var key = Key.New();
        var items = host.Grains.GetGrain<IEnumerationGrain>(key).Count(3, 0);
        await using var enumerator = items.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.Empty(host.Probe.Events(key));

        Assert.True(await enumerator.MoveNextAsync());
        Assert.Equal(1, enumerator.Current);
        Assert.Equal(1, host.Probe.Count(key, "started"));
    }

    [Fact(Timeout = Deadline)]
    public async Task Leaving_the_loop_runs_the_iterators_finally_before_it_goes_on()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IEnumerationGrain>(key);

        await foreach (var number in grain.Endless())
        {
            if (number == 250) break;
        }

        Assert.Equal(1, host.Probe.Count(key, "finally"));
        Assert.Equal(0, await grain.Plain());
    }

    [Theory(Timeout = Deadline)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelling_ends_a_quiet_enumeration_and_reaches_the_iterator(bool asArgument)
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IEnumerationGrain>(key);
        using var cancellation = new CancellationTokenSource();
        var items = asArgument ? grain.Stall(2, cancellation.Token) : grain.Stall(2);
        await using var enumerator = items.GetAsyncEnumerator(asArgument ? default : cancellation.Token);
        Assert.True(await enumerator.MoveNextAsync());
        Assert.True(await enumerator.MoveNextAsync());
        var next = enumerator.MoveNextAsync();
        await host.Probe.Until(key, "stalling");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await host.Probe.Until(key, "finally cancelled");
    }

    [Fact(Timeout = Deadline)]
    public async Task An_exception_midway_comes_after_the_items_before_it()
    {
        var grain = host.Grains.GetGrain<IEnumerationGrain>(Key.New());
        var got = new List<int>();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var number in grain.Fail(5)) got.Add(number);
        });

        Assert.Equal("After 5.", failure.Message);
        Assert.Equal([1, 2, 3, 4, 5], got);
        Assert.Equal(0, await grain.Plain());
    }

    [Fact(Timeout = Deadline)]
    public async Task An_exception_before_the_iterator_comes_with_the_first_item()
    {
        var items = host.Grains.GetGrain<IEnumerationGrain>(Key.New()).FailAtOnce();

        await Assert.ThrowsAsync<InvalidOperationException>(() => ListAsync(items));
    }

    [Fact(Timeout = Deadline)]
    public async Task Items_arrive_as_they_are_yielded_while_calls_run_beside()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IEnumerationGrain>(key);
        string[] gates = [$"{key}/0", $"{key}/1"];
        await using var enumerator = grain.Gated(gates).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var first = enumerator.MoveNextAsync();
        await host.Probe.Until(key, $"before {gates[0]}");
        Assert.Equal(0, await grain.Plain());
        Assert.False(first.IsCompleted);

        host.Probe.Open(gates[0]);
        Assert.True(await first);
        Assert.Equal(0, enumerator.Current);

        var second = enumerator.MoveNextAsync();
        await host.Probe.Until(key, $"before {gates[1]}");
        Assert.Equal(0, await grain.Plain());
        host.Probe.Open(gates[1]);
        Assert.True(await second);
        Assert.Equal(1, enumerator.Current);
        Assert.False(await enumerator.MoveNextAsync());
    }

    [Fact(Timeout = Deadline)]
    public async Task An_enumeration_goes_on_while_a_call_awaits()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IEnumerationGrain>(key);
        var holding = grain.Hold(key);
        await host.Probe.Until(key, "holding");

        Assert.Equal(Enumerable.Range(1, 500), await ListAsync(grain.Count(500, 3)));

        Assert.False(holding.IsCompleted);
        host.Probe.Open(key);
        await holding;
    }

    [Fact(Timeout = Deadline)]
    public async Task Two_enumerations_of_one_call_are_independent()
    {
        var key = Key.New();
        var items = host.Grains.GetGrain<IEnumerationGrain>(key).Count(50, 5);

        var both = await Task.WhenAll(ListAsync(items), ListAsync(items));

        Assert.All(both, got => Assert.Equal(Enumerable.Range(1, 50), got));
        Assert.Equal(2, host.Probe.Count(key, "started"));
    }

    [Fact(Timeout = Deadline)]
    public async Task Many_enumerations_run_side_by_side()
    {
        var grain = host.Grains.GetGrain<IEnumerationGrain>(Key.New());

        var all = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => ListAsync(grain.Count(200, 3)))));

        Assert.All(all, got => Assert.Equal(Enumerable.Range(1, 200), got));
    }

    [Fact(Timeout = Deadline)]
    public async Task The_iterator_runs_in_the_grains_turns()
    {
        var results = await ListAsync(host.Grains.GetGrain<IEnumerationGrain>(Key.New()).StaysInItsTurns());

        Assert.Equal(5, results.Count);
        Assert.All(results, Assert.True);
    }

    [Fact(Timeout = Deadline)]
    public async Task Items_are_copies()
    {
        var grain = host.Grains.GetGrain<IEnumerationGrain>(Key.New());
        foreach (var item in await ListAsync(grain.Items(10)))
        {
            if (item is not null) item.Number = -1;
        }

        var again = await ListAsync(grain.Items(10));

        Assert.Equal([0, 1, 2, 3, null, 5, 6, 7, 8, null], again.Select(item => item?.Number));
    }

    [Fact(Timeout = Deadline)]
    public async Task Arguments_are_copies_as_of_the_call()
    {
        var values = new List<string> { "a", "b" };
        var items = host.Grains.GetGrain<IEnumerationGrain>(Key.New()).Drain(values);
        values.Add("after the call");

        Assert.Equal(["a", "b"], await ListAsync(items));

        Assert.Equal(["a", "b", "after the call"], values);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_grain_can_enumerate_another()
    {
        var key = Key.New();
        var other = host.Grains.GetGrain<IEnumerationGrain>($"{key}/b");

        var sum = await host.Grains.GetGrain<IEnumerationGrain>($"{key}/a").SumOf(other, 1000);

        Assert.Equal(500_500, sum);
    }

    [Fact(Timeout = Deadline)]
    public async Task The_batch_size_can_be_set()
    {
        var grain = host.Grains.GetGrain<IEnumerationGrain>(Key.New());

        Assert.Equal(Enumerable.Range(1, 10), await ListAsync(grain.Count(10, 0).WithBatchSize(1)));
    }

    [Fact(Timeout = Deadline)]
    public async Task An_iterator_may_end_its_activation()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IEnumerationGrain>(key);

        Assert.Equal([1, 2, 3], await ListAsync(grain.EndMyself(3)));

        await host.Probe.Until(key, "deactivated ApplicationRequested");
        Assert.Equal(0, await grain.Plain());
    }

    [Fact(Timeout = Deadline)]
    public async Task An_iterator_that_ends_its_activation_when_it_is_left_may_do_so()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IEnumerationGrain>(key);

        await foreach (var number in grain.EndMyself(1000))
        {
            if (number == 2) break;
        }

        await host.Probe.Until(key, "deactivated ApplicationRequested");
        Assert.Equal(0, await grain.Plain());
    }

    [Fact(Timeout = Deadline)]
    public async Task An_enumeration_is_aborted_when_its_activation_ends_and_the_iterators_finally_runs()
    {
        var key = Key.New();
        var grain = hasty.Grains.GetGrain<IEnumerationGrain>(key);
        await using var enumerator = grain.Stall(1).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await enumerator.MoveNextAsync());
        var next = enumerator.MoveNextAsync();
        await hasty.Probe.Until(key, "stalling");

        await grain.End();

        await Assert.ThrowsAsync<EnumerationAbortedException>(async () => await next);
        await hasty.Probe.Until(key, "finally cancelled");
    }

    [Fact(Timeout = Deadline)]
    public async Task An_enumeration_may_be_quiet_for_longer_than_a_call_may_take()
    {
        var key = Key.New();
        var grain = hasty.Grains.GetGrain<IEnumerationGrain>(key);
        await using var enumerator = grain.StallUncancellably(key).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await enumerator.MoveNextAsync());
        var next = enumerator.MoveNextAsync();
        await hasty.Probe.Until(key, "stalling");

        // A call that times out twice over is the clock here.
        for (var i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => hasty.Grains.GetGrain<IEnumerationGrain>($"{key}/clock").Hold(key));
        }

        Assert.False(next.IsCompleted);
        hasty.Probe.Open(key);
        Assert.True(await next);
        Assert.Equal(2, enumerator.Current);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_enumeration_that_nobody_asks_for_more_is_ended()
    {
        var key = Key.New();
        var grain = hasty.Grains.GetGrain<IEnumerationGrain>(key);
        await grain.StayActive();
        await using var enumerator = grain.Endless().WithBatchSize(1).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await enumerator.MoveNextAsync());
        Assert.Equal(1, await grain.Running());

        await hasty.Probe.Until(key, "finally");

        Assert.Equal(["activated", "started", "finally"], hasty.Probe.Events(key));
        await Assert.ThrowsAsync<EnumerationAbortedException>(async () => await enumerator.MoveNextAsync());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_disposed_enumerator_says_so()
    {
        var enumerator = host.Grains.GetGrain<IEnumerationGrain>(Key.New()).Count(3, 0)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await enumerator.MoveNextAsync());
        await enumerator.DisposeAsync();
        await enumerator.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await enumerator.MoveNextAsync());
    }

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items.WithCancellation(TestContext.Current.CancellationToken)) list.Add(item);
        return list;
    }
}
