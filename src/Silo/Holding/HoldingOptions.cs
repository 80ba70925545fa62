namespace Sandbox.Silo.Holding;

/// <summary>Whether other hosts share this one's sandboxes. Section <c>Holding</c>.</summary>
public sealed class HoldingOptions
{
    /// <summary>
    /// Whether several servers that cannot reach each other, each with a data directory of its own, work on one store of blobs (<c>--blobs</c>). They need
    /// the same key for checkpoints (<c>Checkpoints:KeyFile</c>). Also <c>--shared-store true</c>.
    /// </summary>
    public bool SharedStore { get; set; }
}
