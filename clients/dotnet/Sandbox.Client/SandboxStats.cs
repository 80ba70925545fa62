using System.Text.Json.Serialization;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>What a sandbox uses now.</summary>
public sealed record SandboxStats
{
    /// <summary>Processor time so far, in seconds; null where the host does not count it.</summary>
    public double? CpuSeconds { get; init; }

    /// <summary>Memory in bytes; null where the host does not count it.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The memory limit in bytes; null where it is not enforced.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>Disk in bytes; null where the host does not count it.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>The disk limit in bytes.</summary>
    public long DiskLimitBytes { get; init; }

    /// <summary>Running programs.</summary>
    public int Processes { get; init; }

    /// <summary>How long it has been running.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan Uptime { get; init; }
}
