using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Lifecycle;

internal interface IBaseGrain : IGrainWithStringKey
{
    Task<int> Activation();
}

internal interface ISlowGrain : IBaseGrain
{
    Task End();

    Task Hold(string gate);
}

internal interface IGreetingGrain : IGrainWithStringKey
{
    Task<int> Greeted();
}

/// <summary>Takes for ever to activate the first time, and for ever to deactivate.</summary>
internal sealed class SlowGrain(Probe probe) : Grain, ISlowGrain
{
    private string Key => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        probe.Record(Key, "activating");
        if (probe.Count(Key, "activating") > 1 || !Key.Contains("slow-start", StringComparison.Ordinal)) return;
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        probe.Record(Key, "deactivating");
        if (Key.Contains("slow-end", StringComparison.Ordinal)) await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public Task<int> Activation() => Task.FromResult(probe.Count(Key, "activating"));

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task Hold(string gate)
    {
        probe.Record(Key, "holding");
        await probe.Passing(gate);
    }
}

/// <summary>Calls another grain and starts a timer while it activates.</summary>
internal sealed class GreetingGrain(Probe probe) : Grain, IGreetingGrain
{
    private int _greeted;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        _greeted = await GrainFactory.GetGrain<IBaseGrain>($"{key}/other").Activation();
        this.RegisterGrainTimer(
            () =>
            {
                probe.Record(key, "tick");
                return Task.CompletedTask;
            },
            TimeSpan.Zero,
            Timeout.InfiniteTimeSpan);
    }

    public Task<int> Greeted() => Task.FromResult(_greeted);
}
