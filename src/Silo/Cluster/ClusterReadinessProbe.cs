using Sandbox.Gateway.Status;
using Sandbox.Grains.Hosting;

namespace Sandbox.Silo.Cluster;

/// <summary>Answers a gateway alone from the silos behind it.</summary>
internal sealed class ClusterReadinessProbe(IGrainFactory grains, TimeProvider time) : IReadinessProbe
{
    private const string Any = "any";
    private static readonly TimeSpan _within = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async ValueTask<GatewayReadiness> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            var readiness = await grains.GetGrain<IReadinessGrain>(Any).CheckAsync().WaitAsync(_within, time, cancellationToken);
            return readiness.Ready ? GatewayReadiness.Ready : new GatewayReadiness(ReadinessState.Unavailable, readiness.Reason);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return new GatewayReadiness(ReadinessState.Unavailable, $"No silo of the cluster answers: {e.Message}");
        }
    }
}
