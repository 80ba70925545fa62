using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Lifecycle;

public sealed class LifecycleTests(UsualHost host, HastyHost hasty)
{
    private const int Deadline = 60_000;

    [Fact(Timeout = Deadline)]
    public async Task The_first_call_activates_once_before_anything_runs()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ILifecycleGrain>(key);
        Assert.Empty(host.Probe.Events(key));

        var numbers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(grain.Activation)));

        Assert.All(numbers, number => Assert.Equal(1, number));
        Assert.Equal("activated", host.Probe.Events(key)[0]);
        Assert.Equal(1, host.Probe.Count(key, "activated"));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_grain_that_ends_itself_is_deactivated_and_disposed_and_the_next_call_activates_anew()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ILifecycleGrain>(key);

        await grain.End();
        await host.Probe.Until(key, "service disposed");

        Assert.Equal(["activated", "deactivated ApplicationRequested", "disposed", "service disposed"], host.Probe.Events(key));
        Assert.Equal(2, await grain.Activation());
    }

    [Fact(Timeout = Deadline)]
    public async Task An_ending_grain_finishes_its_call_and_sends_the_waiting_ones_to_its_successor()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ILifecycleGrain>(key);
        var holding = grain.EndAndHold(key);
        await host.Probe.Until(key, "holding");
        var waiting = Enumerable.Range(0, 20).Select(_ => grain.Activation()).ToList();
        Assert.Equal(0, host.Probe.Count(key, "deactivated ApplicationRequested"));

        host.Probe.Open(key);

        Assert.Equal(1, await holding);
        Assert.All(await Task.WhenAll(waiting), number => Assert.Equal(2, number));
        Assert.Equal(
            ["activated", "holding", "passed", "deactivated ApplicationRequested"], host.Probe.Events(key).Take(4));
    }

    [Fact(Timeout = Deadline)]
    public async Task Ending_from_an_interleaving_call_waits_for_the_call_that_runs()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ILifecycleGrain>(key);
        var holding = grain.Hold(key);
        await host.Probe.Until(key, "holding");

        await grain.EndNow();
        Assert.Equal(0, host.Probe.Count(key, "deactivated ApplicationRequested"));
        host.Probe.Open(key);

        await holding;
        Assert.Equal(2, await grain.Activation());
        Assert.Equal(["activated", "holding", "passed", "deactivated ApplicationRequested"], host.Probe.Events(key).Take(4));
    }

    [Fact(Timeout = Deadline)]
    public async Task An_idle_grain_is_deactivated_and_the_next_call_activates_anew()
    {
        var key = Key.New();
        var grain = hasty.Grains.GetGrain<ILifecycleGrain>(key);
        await grain.Activation();

        await hasty.Probe.Until(key, "deactivated ActivationIdle");

        Assert.Equal(2, await grain.Activation());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_running_call_and_a_delay_keep_a_grain_from_being_idle()
    {
        var key = Key.New();
        var busy = hasty.Grains.GetGrain<ILifecycleGrain>($"{key}/busy");
        var delayed = hasty.Grains.GetGrain<ILifecycleGrain>($"{key}/delayed");
        var idle = hasty.Grains.GetGrain<ILifecycleGrain>($"{key}/idle");
        var holding = busy.Hold(key);
        await hasty.Probe.Until($"{key}/busy", "holding");
        await delayed.Delay(TimeSpan.FromMinutes(1));
        await idle.Activation();

        // Twice, so that the others had more than one chance.
        await hasty.Probe.Until($"{key}/idle", "deactivated ActivationIdle");
        await idle.Activation();
        await hasty.Probe.Until($"{key}/idle", "deactivated ActivationIdle", times: 2);

        Assert.Equal(0, hasty.Probe.Count($"{key}/busy", "deactivated ActivationIdle"));
        Assert.Equal(1, await delayed.Activation());
        hasty.Probe.Open(key);
        await Record.ExceptionAsync(() => holding);

        await delayed.Delay(TimeSpan.Zero);
        await hasty.Probe.Until($"{key}/delayed", "deactivated ActivationIdle");
        await hasty.Probe.Until($"{key}/busy", "deactivated ActivationIdle");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_grain_has_services_of_its_own()
    {
        var key = Key.New();

        Assert.Equal(key, await host.Grains.GetGrain<ILifecycleGrain>(key).Scoped());
    }

    [Fact(Timeout = Deadline)]
    public async Task What_activating_throws_reaches_the_callers_and_the_next_call_tries_anew()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<ITroubledGrain>(key);

        var failure = await Assert.ThrowsAsync<NotSupportedException>(grain.Activation);

        Assert.Equal("Not the first time.", failure.Message);
        Assert.Equal(2, await grain.Activation());
        Assert.Equal(0, host.Probe.Count(key, "deactivated"));
    }

    [Fact(Timeout = Deadline)]
    public async Task What_a_constructor_throws_reaches_the_callers_and_the_next_call_tries_anew()
    {
        var grain = host.Grains.GetGrain<IUnbornGrain>(Key.New());

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(grain.Activation);

        Assert.Equal("Not the first time.", Assert.IsType<NotSupportedException>(failure.InnerException).Message);
        Assert.Equal(2, await grain.Activation());
    }
}
