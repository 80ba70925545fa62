using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Timers;

public sealed class TimerTests(UsualHost host, HastyHost hasty)
{
    private const int Deadline = 60_000;

    [Fact(Timeout = Deadline)]
    public async Task Ticks_wait_for_their_turn()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITimerGrain>(key);
        await grain.Start(interleave: false);
        await host.Probe.Until(key, "tick", times: 3);
        var holding = grain.Hold(key);
        await host.Probe.Until(key, "holding");

        // Another grain's timer ticks meanwhile, so that there was time for this one's.
        await TicksElsewhere(10);
        host.Probe.Open(key);
        await holding;
        await host.Probe.Until(key, "tick", times: host.Probe.Count(key, "tick") + 3);

        Assert.Equal(0, await grain.Overlaps());
        var events = host.Probe.Events(key);
        Assert.Equal("passed", events[events.ToList().IndexOf("holding") + 1]);
    }

    [Fact(Timeout = Deadline)]
    public async Task Interleaving_ticks_run_while_a_call_awaits()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITimerGrain>(key);
        await grain.Start(interleave: true);

        await grain.HoldUntilTicks(3);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_timer_stops_when_its_activation_ends()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITimerGrain>(key);
        await grain.Start(interleave: true);
        await host.Probe.Until(key, "tick", times: 2);

        await grain.End();
        await host.Probe.Until(key, "deactivated ApplicationRequested");
        await TicksElsewhere(10);

        Assert.Equal("deactivated ApplicationRequested", host.Probe.Events(key)[^1]);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_disposed_timer_ticks_no_more()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITimerGrain>(key);
        await grain.Start(interleave: false);
        await host.Probe.Until(key, "tick", times: 2);

        await grain.Stop();
        await TicksElsewhere(10);

        Assert.Equal("stopped", host.Probe.Events(key)[^1]);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_tick_learns_that_its_timer_was_disposed_and_ticks_do_not_overlap()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITimerGrain>(key);
        await grain.StartSlow(key);
        await host.Probe.Until(key, "slow");
        await TicksElsewhere(10);
        Assert.Equal(1, host.Probe.Count(key, "slow"));

        await grain.Stop();

        await host.Probe.Until(key, "slow cancelled");
        host.Probe.Open(key);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_timer_without_a_period_ticks_once_and_can_be_set_again()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITimerGrain>(key);
        await grain.StartOnce();
        await host.Probe.Until(key, "tick");
        await TicksElsewhere(5);
        Assert.Equal(1, host.Probe.Count(key, "tick"));

        await grain.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await host.Probe.Until(key, "tick", times: 2);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_tick_that_throws_does_not_stop_the_timer()
    {
        var key = Key.New();
        await host.Grains.GetGrain<ITimerGrain>(key).StartFailing();

        await host.Probe.Until(key, "failing", times: 3);
    }

    [Fact(Timeout = Deadline)]
    public async Task Ticks_keep_a_grain_from_being_idle_only_when_they_are_to()
    {
        var key = Key.New();
        await hasty.Grains.GetGrain<ITimerGrain>($"{key}/kept").Start(interleave: false, keepAlive: true);
        await hasty.Grains.GetGrain<ITimerGrain>($"{key}/idle").Start(interleave: false);

        await hasty.Probe.Until($"{key}/idle", "deactivated ActivationIdle");

        Assert.Equal(0, hasty.Probe.Count($"{key}/kept", "deactivated ActivationIdle"));
    }

    [Fact(Timeout = Deadline)]
    public async Task Impossible_times_are_refused()
    {
        var grain = host.Grains.GetGrain<ITimerGrain>(Key.New());
        await grain.Start(interleave: false);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Change(TimeSpan.FromSeconds(-5), TimeSpan.Zero));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Change(TimeSpan.Zero, TimeSpan.FromDays(60)));
    }

    private async Task TicksElsewhere(int ticks)
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITimerGrain>(key);
        await grain.Start(interleave: false);
        await host.Probe.Until(key, "tick", ticks);
        await grain.End();
    }
}
