using Orleans.Concurrency;

namespace Sandbox.Grains.Hosting;

/// <inheritdoc cref="IReadinessGrain"/>
[StatelessWorker, GrainType("readiness")]
internal sealed class ReadinessGrain(ISandboxHost host) : Grain, IReadinessGrain
{
    /// <inheritdoc/>
    public Task<HostReadiness> CheckAsync() => Task.FromResult(host.Rooms?.Readiness ?? host.Readiness);
}
