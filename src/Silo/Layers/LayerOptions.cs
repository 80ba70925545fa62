using System.ComponentModel.DataAnnotations;

namespace Sandbox.Silo.Layers;

/// <summary>What of unpacked layers a host keeps. Section <c>Layers</c>.</summary>
public sealed class LayerOptions
{
    /// <summary>
    /// What unpacked layers may take on this host's disk together, in bytes: 0 to 1 PB. Those that sandboxes and kept containers stand on stay even beyond it; of the
    /// others the ones that were used longest ago go, and are unpacked again when they are wanted.
    /// </summary>
    [Range(0, 1L << 50)]
    public long CacheBytes { get; set; } = 20L << 30;
}
