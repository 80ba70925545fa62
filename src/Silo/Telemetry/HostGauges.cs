using System.Diagnostics.Metrics;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Telemetry;

/// <summary>What a host holds now, for whoever reads its metrics.</summary>
internal sealed class HostGauges : IDisposable
{
    private readonly Meter _meter;

    public HostGauges(IMeterFactory meters, WarmPool<StartedSandbox> pool, LiveSandboxes sandboxes)
    {
        _meter = meters.Create(HostMetrics.Name);
        _meter.CreateObservableGauge("sandbox.live", () => sandboxes.Running, "{sandbox}", "Sandboxes that stay and run on this host.");
        _meter.CreateObservableGauge("sandbox.pool.ready", () => pool.Ready, "{sandbox}", "Sandboxes that are ready in the warm pool.");
        _meter.CreateObservableGauge("sandbox.pool.waiting", () => pool.Waiting, "{request}", "Requests that wait for a sandbox.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
