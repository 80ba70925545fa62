using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Turns;

public sealed class TurnTests(UsualHost host, HastyHost hasty)
{
    private const int Deadline = 60_000;

    [Fact(Timeout = Deadline)]
    public async Task A_thousand_concurrent_calls_run_one_at_a_time()
    {
        var grain = host.Grains.GetGrain<ITurnGrain>(Key.New());

        var results = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(grain.AddSlowly)));

        Assert.Equal(Enumerable.Range(1, 1000), results.Order());
        Assert.Equal(0, await grain.Overlaps());
    }

    [Fact(Timeout = Deadline)]
    public async Task An_interleaving_read_is_answered_while_a_long_call_awaits()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITurnGrain>(key);
        var holding = grain.Hold(key);
        await host.Probe.Until(key, $"holding {key}");
        var plain = grain.Plain();

        Assert.Equal(0, await grain.Interleaved());
        Assert.False(plain.IsCompleted);
        Assert.False(holding.IsCompleted);

        host.Probe.Open(key);
        await holding;
        Assert.Equal(1, await plain);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_interleaving_call_goes_past_all_that_wait()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITurnGrain>(key);
        var holding = grain.Hold(key);
        await host.Probe.Until(key, $"holding {key}");
        var waiting = Enumerable.Range(0, 200).Select(_ => grain.AddSlowly()).ToList();

        for (var i = 0; i < 50; i++) Assert.Equal(0, await grain.Interleaved());

        Assert.All(waiting, call => Assert.False(call.IsCompleted));
        host.Probe.Open(key);
        await holding;
        await Task.WhenAll(waiting);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reentrant_grain_runs_all_its_calls_between_each_others_turns()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IReentrantGrain>(key);
        var holding = grain.Hold(key);
        await host.Probe.Until(key, $"holding {key}");

        Assert.Equal(7, await grain.Plain());
        Assert.Equal(7, await grain.CallMyself());

        host.Probe.Open(key);
        await holding;
    }

    [Fact(Timeout = Deadline)]
    public async Task Read_only_calls_run_beside_each_other_and_keep_others_waiting()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITurnGrain>(key);
        var first = grain.ReadHold($"{key}/1");
        await host.Probe.Until(key, $"holding {key}/1");
        var second = grain.ReadHold($"{key}/2");
        await host.Probe.Until(key, $"holding {key}/2");
        var plain = grain.Plain();
        await grain.Interleaved();
        Assert.False(plain.IsCompleted);

        host.Probe.Open($"{key}/2");
        host.Probe.Open($"{key}/1");
        await Task.WhenAll(first, second);
        Assert.Equal(2, await plain);
    }

    [Fact(Timeout = Deadline)]
    public async Task Awaits_return_to_the_activation()
    {
        var grain = host.Grains.GetGrain<ITurnGrain>(Key.New());

        Assert.True(await grain.StaysInItsTurns());
        Assert.Equal(500, await grain.CountInParallel(500));
    }

    [Fact(Timeout = Deadline)]
    public async Task Different_grains_run_at_the_same_time()
    {
        var key = Key.New();
        var first = host.Grains.GetGrain<ITurnGrain>($"{key}/a").Hold($"{key}/gate");
        await host.Probe.Until($"{key}/a", $"holding {key}/gate");

        Assert.Equal(0, await host.Grains.GetGrain<ITurnGrain>($"{key}/b").Plain());

        host.Probe.Open($"{key}/gate");
        await first;
    }

    [Fact(Timeout = Deadline)]
    public async Task The_callers_ambient_values_do_not_reach_the_grain()
    {
        var grain = host.Grains.GetGrain<ITurnGrain>(Key.New());
        TurnGrain.Ambient.Value = "the caller's";

        Assert.Null(await grain.AmbientValue());
        Assert.Equal("the caller's", TurnGrain.Ambient.Value);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_grain_that_waits_for_itself_times_out_and_works_again()
    {
        var grain = hasty.Grains.GetGrain<ITurnGrain>(Key.New());

        await Assert.ThrowsAsync<TimeoutException>(grain.CallMyself);

        Assert.Equal(0, await grain.Plain());
    }

    [Fact(Timeout = Deadline)]
    public async Task Two_grains_that_wait_for_each_other_time_out()
    {
        var key = Key.New();
        var first = hasty.Grains.GetGrain<ITurnGrain>($"{key}/a");
        var second = hasty.Grains.GetGrain<ITurnGrain>($"{key}/b");

        await Assert.ThrowsAsync<TimeoutException>(() => first.Ask(second));

        Assert.Equal(0, await first.Plain());
        Assert.Equal(0, await second.Plain());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_one_way_call_is_not_waited_for_and_its_failure_not_heard()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITurnGrain>(key);

        await grain.HoldUnawaited(key);
        await host.Probe.Until(key, $"holding {key}");
        host.Probe.Open(key);
        await host.Probe.Until(key, $"passed {key}");
        await grain.FailUnawaited();

        Assert.Equal(1, await grain.Plain());
    }

    [Fact(Timeout = Deadline)]
    public async Task Value_tasks_work_like_tasks()
    {
        var grain = host.Grains.GetGrain<ITurnGrain>(Key.New());

        await grain.ValuedNothing();
        Assert.Equal(42, await grain.Valued(41));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_stateless_worker_serves_as_many_calls_at_once_as_it_says()
    {
        var key = Key.New();
        var worker = host.Grains.GetGrain<IWorkerGrain>(key);
        var calls = Enumerable.Range(0, 4).Select(_ => worker.Hold(key)).ToList();

        await host.Probe.Until(key, "holding", times: 2);
        Assert.Equal(2, host.Probe.Count(key, "holding"));

        host.Probe.Open(key);
        await Task.WhenAll(calls);
        Assert.Equal(4, host.Probe.Count(key, "holding"));
    }
}
