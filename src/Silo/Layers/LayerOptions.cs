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

    /// <summary>Bytes of one upload that is to become a snapshot: 1 MiB to 1 TiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long MostImportBytes { get; set; } = 16L << 30;

    /// <summary>Uploads that lie on this host at once: 1 to 1,024.</summary>
    [Range(1, 1024)]
    public int MostImports { get; set; } = 8;

    /// <summary>How long an upload that nobody goes on with is kept: 10 seconds to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan ImportIdle { get; set; } = TimeSpan.FromMinutes(10);
}
