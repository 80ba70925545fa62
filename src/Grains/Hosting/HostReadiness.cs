namespace Sandbox.Grains.Hosting;

/// <summary>Whether a host can execute now.</summary>
/// <param name="Ready">True when a request would be served.</param>
/// <param name="Reason">Why not, for a person; null when ready.</param>
[GenerateSerializer, Immutable, Alias("host-readiness")]
public sealed record HostReadiness([property: Id(0)] bool Ready, [property: Id(1)] string? Reason);
