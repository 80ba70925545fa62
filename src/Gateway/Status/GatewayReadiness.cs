namespace Sandbox.Gateway.Status;

/// <summary>Whether executions would be served now.</summary>
/// <param name="State">What state it is in.</param>
/// <param name="Reason">For a person: what is missing; null when ready.</param>
public readonly record struct GatewayReadiness(ReadinessState State, string? Reason)
{
    /// <summary>Executions are served.</summary>
    public static GatewayReadiness Ready { get; } = new(ReadinessState.Ready, null);
}
