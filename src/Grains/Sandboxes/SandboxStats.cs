namespace Sandbox.Grains.Sandboxes;

/// <summary>What a sandbox uses now. A value that the host does not count is null.</summary>
[GenerateSerializer, Immutable, Alias("sandbox-stats")]
public sealed record SandboxStats
{
    /// <summary>Processor time since it started.</summary>
    [Id(0)] public TimeSpan? Cpu { get; init; }

    /// <summary>Memory now, in bytes, its files and gVisor's own included.</summary>
    [Id(1)] public long? MemoryBytes { get; init; }

    /// <summary>The most that it may take, in bytes, files and gVisor's own included.</summary>
    [Id(2)] public long? MemoryLimitBytes { get; init; }

    /// <summary>
    /// What its files take, in bytes. While it is paused or does not answer: what was known last, or null when it was never asked before.
    /// </summary>
    [Id(3)] public long? DiskBytes { get; init; }

    /// <summary>What its files may take, in bytes.</summary>
    [Id(4)] public required long DiskLimitBytes { get; init; }

    /// <summary>Processes that clients started and that still run.</summary>
    [Id(5)] public required int Processes { get; init; }

    /// <summary>Since it started.</summary>
    [Id(6)] public required TimeSpan Uptime { get; init; }
}
