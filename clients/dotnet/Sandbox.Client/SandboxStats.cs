using System.Text.Json.Serialization;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>What a sandbox uses now.</summary>
public sealed record SandboxStats
{
    /// <summary>Processor time so far, in seconds.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Memory in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>The memory limit in bytes.</summary>
    public long MemoryLimitBytes { get; init; }

    /// <summary>Disk in bytes, where it is known.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>The disk limit in bytes.</summary>
    public long DiskLimitBytes { get; init; }

    /// <summary>Running programs.</summary>
    public int Processes { get; init; }

    /// <summary>How long it has been running.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan Uptime { get; init; }
}
