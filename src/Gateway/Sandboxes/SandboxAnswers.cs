using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Sandboxes;

/// <summary>The answer that describes a sandbox.</summary>
internal sealed record SandboxAnswer(SandboxView Sandbox)
{
    public static SandboxAnswer Of(SandboxDescription sandbox) => new(SandboxView.Of(sandbox));
}

/// <summary>The answer to a creation; the token is there when the call created it.</summary>
internal sealed record CreatedAnswer(SandboxView Sandbox, string? Token, bool Created);

/// <summary>A page of a list; without a next one it is the last.</summary>
internal sealed record SandboxListAnswer(IReadOnlyList<SandboxView> Sandboxes, string? Next);

/// <summary>What a sandbox uses now; what the host does not count is absent.</summary>
internal sealed record StatsAnswer(
    double? CpuSeconds, long? MemoryBytes, long? MemoryLimitBytes, long? DiskBytes, long DiskLimitBytes, int Processes, double Uptime)
{
    public static StatsAnswer Of(SandboxStats stats) => new(
        stats.Cpu?.TotalSeconds, stats.MemoryBytes, stats.MemoryLimitBytes, stats.DiskBytes, stats.DiskLimitBytes, stats.Processes,
        stats.Uptime.TotalSeconds);
}
