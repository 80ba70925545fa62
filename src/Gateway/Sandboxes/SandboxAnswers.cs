using Sandbox.Gateway.Access;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Sandboxes;

/// <summary>The answer that describes a sandbox.</summary>
internal sealed record SandboxAnswer(SandboxView Sandbox)
{
    public static SandboxAnswer Of(SandboxDescription sandbox) => new(SandboxView.Of(sandbox));
}

/// <summary>The answer to a creation; the token is there when the call created it or named it.</summary>
internal sealed record CreatedAnswer(SandboxView Sandbox, bool Created, string? Token = null)
{
    public static CreatedAnswer Of(CreatedSandbox made, string owner) =>
        new(SandboxView.Of(made.Sandbox), made.Created, made.Token is { } secret ? SandboxTokenText.Of(owner, secret) : null);
}

/// <summary>A page of a list; without a next one it is the last.</summary>
internal sealed record SandboxListAnswer(IReadOnlyList<SandboxView> Sandboxes, string? Next = null);

/// <summary>What a sandbox uses now; what the host does not count is absent.</summary>
internal sealed record StatsAnswer(
    long DiskLimitBytes,
    int Processes,
    double Uptime,
    double? CpuSeconds = null,
    long? MemoryBytes = null,
    long? MemoryLimitBytes = null,
    long? DiskBytes = null)
{
    public static StatsAnswer Of(SandboxStats stats) => new(
        stats.DiskLimitBytes, stats.Processes, stats.Uptime.TotalSeconds, stats.Cpu?.TotalSeconds, stats.MemoryBytes, stats.MemoryLimitBytes,
        stats.DiskBytes);
}
