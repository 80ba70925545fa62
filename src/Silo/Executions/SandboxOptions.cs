using System.ComponentModel.DataAnnotations;

namespace Sandbox.Silo.Executions;

/// <summary>What each sandbox of a one-off may use, and each other that asks for nothing else. Section <c>Sandbox</c>.</summary>
public sealed class SandboxOptions
{
    /// <summary>Memory of its programs in bytes: 64 MiB to 1 TiB. The memory of files is on top (<see cref="DiskBytes"/>).</summary>
    [Range(64L << 20, 1L << 40)]
    public long MemoryBytes { get; set; } = 700_000_000;

    /// <summary>Files that it writes, in bytes: 1 MiB to 1 TiB. They live in memory, so the host provides both.</summary>
    [Range(1L << 20, 1L << 40)]
    public long DiskBytes { get; set; } = 256L << 20;

    /// <summary>Processes and threads of one user in it: 8 to 32,768.</summary>
    [Range(8, 32_768)]
    public int Processes { get; set; } = 256;

    /// <summary>Open files of one process: 32 to 1,048,576.</summary>
    [Range(32, 1_048_576)]
    public int OpenFiles { get; set; } = 1024;

    /// <summary>Processors that it may use at the same time: 0.1 to 1,024. Null for all of the host's.</summary>
    [Range(0.1, 1024)]
    public double? Processors { get; set; }

    /// <summary>What one-offs get, and what the pool's sandboxes are started with.</summary>
    internal SandboxSize Size => new(MemoryBytes, DiskBytes, Processes);
}
