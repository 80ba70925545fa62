using Sandbox.Gateway.Status;
using Sandbox.Grains.Hosting;

namespace Sandbox.Silo.Hosting;

/// <summary>Answers the gateway on the same machine from the host itself.</summary>
internal sealed class HostReadinessProbe(ISandboxHost host) : IReadinessProbe
{
    /// <inheritdoc/>
    public ValueTask<GatewayReadiness> CheckAsync(CancellationToken cancellationToken)
    {
        var readiness = host.Readiness;
        return ValueTask.FromResult(readiness.Ready ? GatewayReadiness.Ready : new GatewayReadiness(ReadinessState.Starting, readiness.Reason));
    }
}
