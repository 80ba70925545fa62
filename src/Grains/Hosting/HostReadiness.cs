namespace Sandbox.Grains.Hosting;

/// <summary>Whether a host can execute now.</summary>
/// <param name="Ready">True when a request would be served.</param>
/// <param name="Reason">Why not, for a person; null when ready.</param>
public sealed record HostReadiness(bool Ready, string? Reason);
