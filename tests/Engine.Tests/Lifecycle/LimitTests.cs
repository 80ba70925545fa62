using Orleans.Configuration;
using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Lifecycle;

public sealed class LimitTests(UsualHost usual) : IAsyncLifetime
{
    private const int Deadline = 60_000;
    private const int MostWaiting = 20;

    private GrainHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await GrainHost.StartAsync(silo =>
    {
        silo.Configure<SiloMessagingOptions>(options => options.MaxEnqueuedRequestsHardLimit = MostWaiting);
        silo.Configure<GrainCollectionOptions>(options =>
        {
            options.ActivationTimeout = TimeSpan.FromSeconds(1);
            options.DeactivationTimeout = TimeSpan.FromSeconds(1);
        });
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact(Timeout = Deadline)]
    public async Task Activating_for_too_long_is_given_up_and_the_next_call_tries_anew()
    {
        var grain = _host.Grains.GetGrain<ISlowGrain>($"{Key.New()}/slow-start");

        await Assert.ThrowsAnyAsync<Exception>(grain.Activation);

        Assert.Equal(2, await grain.Activation());
    }

    [Fact(Timeout = Deadline)]
    public async Task Deactivating_for_too_long_is_given_up_and_the_next_call_activates_anew()
    {
        var key = $"{Key.New()}/slow-end";
        var grain = _host.Grains.GetGrain<ISlowGrain>(key);
        await grain.End();
        await _host.Probe.Until(key, "deactivating");

        Assert.Equal(2, await grain.Activation());
    }

    [Fact(Timeout = Deadline)]
    public async Task More_calls_than_may_wait_are_refused_at_once_and_the_others_run()
    {
        var key = Key.New();
        var grain = _host.Grains.GetGrain<ISlowGrain>(key);
        var holding = grain.Hold(key);
        await _host.Probe.Until(key, "holding");
        var calls = Enumerable.Range(0, 3 * MostWaiting).Select(_ => grain.Activation()).ToList();

        await Assert.ThrowsAsync<LimitExceededException>(() => calls[^1]);
        _host.Probe.Open(key);
        await holding;

        var failures = 0;
        foreach (var call in calls)
        {
            if (await Record.ExceptionAsync(() => call) is LimitExceededException) failures++;
        }

        Assert.InRange(failures, (2 * MostWaiting) - 2, (2 * MostWaiting) + 2);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_grain_may_call_others_and_start_timers_while_it_activates()
    {
        var key = Key.New();

        Assert.Equal(1, await usual.Grains.GetGrain<IGreetingGrain>(key).Greeted());

        await usual.Probe.Until(key, "tick");
    }
}
