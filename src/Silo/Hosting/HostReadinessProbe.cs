using Sandbox.Gateway.Status;
using Sandbox.Grains.Hosting;

namespace Sandbox.Silo.Hosting;

/// <summary>Answers the gateway on the same machine from the host itself, and in a cluster for all of its hosts.</summary>
internal sealed class HostReadinessProbe(ISandboxHost host) : IReadinessProbe
{
    /// <inheritdoc/>
    public ValueTask<GatewayReadiness> CheckAsync(CancellationToken cancellationToken)
    {
        var readiness = host.Rooms?.Readiness ?? host.Readiness;
        return ValueTask.FromResult(readiness.Ready ? GatewayReadiness.Ready : new GatewayReadiness(ReadinessState.Starting, readiness.Reason));
    }
}
