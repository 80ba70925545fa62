using System.Globalization;
using Microsoft.Extensions.Options;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Cluster.Rooms;

/// <summary>Measures what this host has and what is free. Memory is what the kernel says could be given to programs now.</summary>
internal sealed class RoomMeter(
    WarmPool<StartedSandbox> pool, LiveSandboxes sandboxes, HostMachine machine, IOptions<SandboxOptions> usual)
{
    /// <summary>What a sandbox of the usual size may take, in bytes.</summary>
    public long Usual { get; } = MemoryBudget.LimitBytes(usual.Value.MemoryBytes, usual.Value.DiskBytes);

    /// <summary>Measures.</summary>
    public HostRoom Read()
    {
        var (slots, free) = pool.Room;
        var disk = new DriveInfo(machine.DataPath);
        var memory = ReadMemory(File.ReadLines("/proc/meminfo"));
        return new HostRoom
        {
            Ready = pool.Readiness.Ready,
            Drains = sandboxes.IsDraining,
            Slots = slots,
            FreeSlots = free,
            Memory = memory.All,
            FreeMemory = memory.Free,
            Disk = disk.TotalSize,
            FreeDisk = disk.AvailableFreeSpace,
        };
    }

    /// <summary>All memory and what is available, in bytes, from the lines of <c>/proc/meminfo</c>.</summary>
    internal static (long All, long Free) ReadMemory(IEnumerable<string> lines)
    {
        var found = lines.Select(line => line.Split([':', ' '], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["MemTotal" or "MemAvailable", _, "kB"])
            .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture) * 1024, StringComparer.Ordinal);
        return (found.GetValueOrDefault("MemTotal"), found.GetValueOrDefault("MemAvailable"));
    }
}
