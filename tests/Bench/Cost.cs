using System.Diagnostics;
using Sandbox.TestServer;

namespace Sandbox.Bench;

/// <summary>Processor seconds that a flood cost, by who spent them: what stays true on a machine that others use too.</summary>
internal sealed record Cost(double Sandbox, double Server, double Client)
{
    public static Cost Nothing { get; } = new(0, 0, 0);

    public static async Task<Cost> ReadAsync(Sandboxes.Sandbox sandbox, SandboxServer server)
    {
        using var process = Process.GetProcessById(server.ProcessId);
        var stats = await sandbox.GetStatsAsync();
        return new Cost(stats.CpuSeconds ?? 0, process.TotalProcessorTime.TotalSeconds, Environment.CpuUsage.TotalTime.TotalSeconds);
    }

    public static Cost operator +(Cost one, Cost other) =>
        new(one.Sandbox + other.Sandbox, one.Server + other.Server, one.Client + other.Client);

    public static Cost operator -(Cost one, Cost other) =>
        new(one.Sandbox - other.Sandbox, one.Server - other.Server, one.Client - other.Client);

    public static Cost operator /(Cost cost, double by) => new(cost.Sandbox / by, cost.Server / by, cost.Client / by);
}
