namespace Sandbox.Gateway.Status;

/// <summary>Says whether an execution would be served now. A silo asks its own host; a gateway alone asks the silos behind it.</summary>
public interface IReadinessProbe
{
    /// <summary>Asks. Must answer within about a second, and must not throw for a host that is merely not ready.</summary>
    ValueTask<GatewayReadiness> CheckAsync(CancellationToken cancellationToken);
}
