using System.ComponentModel.DataAnnotations;

namespace Sandbox.Silo.Sandboxes;

/// <summary>What sandboxes that stay may ask for, and what is kept of them. Section <c>Sandboxes</c>.</summary>
public sealed class LiveSandboxOptions
{
    /// <summary>Memory of programs that one may ask for at most, in bytes: 64 MiB to 1 TiB.</summary>
    [Range(64L << 20, 1L << 40)]
    public long MaxMemoryBytes { get; set; } = 8L << 30;

    /// <summary>Disk that one may ask for at most, in bytes: 1 MiB to 1 TiB. It lives in memory.</summary>
    [Range(1L << 20, 1L << 40)]
    public long MaxDiskBytes { get; set; } = 8L << 30;

    /// <summary>Processes and threads of one user that one may ask for at most: 8 to 32,768.</summary>
    [Range(8, 32_768)]
    public int MaxProcesses { get; set; } = 4096;

    /// <summary>
    /// Disk of the host that the output of one sandbox's processes may take together, in bytes: 0 to 1 TiB. Beyond it the oldest output of a
    /// process falls out early, or the process waits.
    /// </summary>
    [Range(0, 1L << 40)]
    public long SpillBytes { get; set; } = 1L << 30;

    /// <summary>Disk of the host that the output of all sandboxes may take together, in bytes: 0 to 64 TiB.</summary>
    [Range(0, 1L << 46)]
    public long HostSpillBytes { get; set; } = 16L << 30;

    /// <summary>
    /// How long a sandbox may give no sign of life until it is taken for hung and ended: 00:00:01 to 01:00:00. What becomes of it then is as if its container
    /// had died. One that is paused, or that a checkpoint is made of, is not taken for that.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan HungAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Sandboxes that have ended and whose output can still be read, at most: 0 to 4,096. The one that ended first goes first.</summary>
    [Range(0, 4096)]
    public int EndedSandboxes { get; set; } = 32;
}
