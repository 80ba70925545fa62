using System.ComponentModel.DataAnnotations;

namespace Sandbox.Silo.Checkpoints;

/// <summary>How checkpoints are signed and kept. Section <c>Checkpoints</c>.</summary>
public sealed class CheckpointOptions
{
    /// <summary>
    /// The file with the operator's key, 32 random bytes, which only the server's user may read. Hosts that restore each other's checkpoints have
    /// the same one. Without it the data directory's <c>keys/checkpoints</c>, made on first use.
    /// </summary>
    public string? KeyFile { get; set; }

    /// <summary>Files with keys that were used before: what they signed is still believed.</summary>
    public IList<string> OlderKeyFiles { get; } = [];

    /// <summary>Bytes of parts that a host keeps for itself, so that it restores what it made without fetching it: 0 to 1 PB.</summary>
    [Range(0, 1L << 50)]
    public long CacheBytes { get; set; } = 10L << 30;

    /// <summary>How old what an unfinished save left must be before it is swept: 1 hour to 30 days, and longer than any save takes.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "30.00:00:00")]
    public TimeSpan UnfinishedAge { get; set; } = TimeSpan.FromHours(6);
}
