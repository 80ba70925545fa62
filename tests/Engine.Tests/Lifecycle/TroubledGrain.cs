using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Lifecycle;

internal interface ITroubledGrain : IGrainWithStringKey
{
    Task<int> Activation();
}

internal interface IUnbornGrain : IGrainWithStringKey
{
    Task<int> Activation();
}

/// <summary>Fails to activate the first time.</summary>
internal sealed class TroubledGrain(Probe probe) : Grain, ITroubledGrain
{
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        probe.Record(key, "activating");
        await Task.Yield();
        if (probe.Count(key, "activating") == 1) throw new NotSupportedException("Not the first time.");
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        probe.Record(this.GetPrimaryKeyString(), "deactivated");
        return Task.CompletedTask;
    }

    public Task<int> Activation() => Task.FromResult(probe.Count(this.GetPrimaryKeyString(), "activating"));
}

/// <summary>Cannot be constructed the first time.</summary>
internal sealed class UnbornGrain : Grain, IUnbornGrain
{
    private readonly Probe _probe;

    public UnbornGrain(Probe probe)
    {
        _probe = probe;
        var key = this.GetPrimaryKeyString();
        probe.Record(key, "constructing");
        if (probe.Count(key, "constructing") == 1) throw new NotSupportedException("Not the first time.");
    }

    public Task<int> Activation() => Task.FromResult(_probe.Count(this.GetPrimaryKeyString(), "constructing"));
}
