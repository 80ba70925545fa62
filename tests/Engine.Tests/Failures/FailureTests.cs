using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Failures;

public sealed class FailureTests(UsualHost host, HastyHost hasty)
{
    private const int Deadline = 60_000;

    [Fact(Timeout = Deadline)]
    public async Task An_exception_reaches_the_caller_with_its_type_and_message()
    {
        var grain = host.Grains.GetGrain<IFailureGrain>(Key.New());

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => grain.Throw("Told you."));

        Assert.Equal("Told you.", failure.Message);
        Assert.Contains(nameof(FailureGrain), failure.StackTrace, StringComparison.Ordinal);
        Assert.Equal(1, await grain.Fine());
    }

    [Fact(Timeout = Deadline)]
    public async Task An_exception_before_the_first_await_comes_through_the_task()
    {
        var task = host.Grains.GetGrain<IFailureGrain>(Key.New()).ThrowAtOnce();

        await Assert.ThrowsAsync<NotSupportedException>(() => task);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_exception_of_ones_own_keeps_its_members_on_its_way_through_grains()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IFailureGrain>(key);

        Assert.Equal(4, (await Assert.ThrowsAsync<OwnException>(() => grain.ThrowOwn(4))).Code);
        Assert.Equal("caught 5", await grain.PassOn(host.Grains.GetGrain<IFailureGrain>(key + "/other")));
    }

    [Fact(Timeout = Deadline)]
    public async Task Cancelling_ends_the_call_and_reaches_the_grain()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IFailureGrain>(key);
        using var cancellation = new CancellationTokenSource();
        var call = grain.Wait(cancellation.Token);
        await host.Probe.Until(key, "waiting");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await host.Probe.Until(key, "cancelled");
        Assert.Equal(1, await grain.Fine());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_call_that_is_cancelled_beforehand_never_runs()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IFailureGrain>(key);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => grain.Received(new CancellationToken(canceled: true)));

        Assert.False(await grain.Received(CancellationToken.None));
        Assert.Equal(1, host.Probe.Count(key, "received"));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_caller_that_cancels_while_it_waits_for_its_turn_goes_on_at_once()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IFailureGrain>(key);
        var holding = grain.Hold(key);
        await host.Probe.Until(key, "holding");
        using var cancellation = new CancellationTokenSource();
        var waiting = grain.Received(cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(holding.IsCompleted);
        host.Probe.Open(key);
        await holding;
        Assert.Equal(1, await grain.Fine());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_token_that_is_not_cancelled_changes_nothing()
    {
        using var cancellation = new CancellationTokenSource();

        Assert.False(await host.Grains.GetGrain<IFailureGrain>(Key.New()).Received(cancellation.Token));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_call_that_takes_too_long_times_out_and_the_grain_goes_on()
    {
        var key = Key.New();
        var grain = hasty.Grains.GetGrain<IFailureGrain>(key);

        await Assert.ThrowsAsync<TimeoutException>(() => grain.Hold(key));
        Assert.Equal(0, hasty.Probe.Count(key, "passed"));

        hasty.Probe.Open(key);
        await hasty.Probe.Until(key, "passed");
        Assert.Equal(1, await grain.Fine());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_method_may_set_its_own_time_limit()
    {
        var key = Key.New();
        var grain = host.Grains.GetGrain<IFailureGrain>(key);

        await Assert.ThrowsAsync<TimeoutException>(() => grain.HoldBriefly(key));

        host.Probe.Open(key);
        Assert.Equal(1, await grain.Fine());
    }
}
