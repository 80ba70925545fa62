namespace Sandbox.Silo.Limits;

/// <summary>What one sandbox may use of its host, all its processes and gVisor's together.</summary>
internal sealed record CgroupLimits
{
    /// <summary>The share of one that is neither preferred nor put last.</summary>
    public const int UsualCpuWeight = 100;

    /// <summary>Bytes of memory, files in the sandbox's tmpfs and gVisor's own included; null for no limit.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Processors at most, such as 0.5 or 2; null for no limit. At least 0.01.</summary>
    public double? Processors { get; init; }

    /// <summary>Share of the processors when sandboxes compete, where 100 is the usual one; 1 to 10,000.</summary>
    public int CpuWeight { get; init; } = UsualCpuWeight;
}
