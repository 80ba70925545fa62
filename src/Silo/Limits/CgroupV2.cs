using System.Collections.Immutable;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Limits;

/// <summary>A sandbox's cgroup in the v2 hierarchy.</summary>
/// <param name="directory">Its directory.</param>
internal sealed class CgroupV2(string directory) : ICgroup
{
    /// <inheritdoc/>
    public string Name => Path.GetFileName(directory);

    /// <inheritdoc/>
    public ImmutableArray<string> EntryFiles => [directory + "/cgroup.procs"];

    /// <inheritdoc/>
    public IReadOnlyList<int> Processes => CgroupFile.ReadProcesses(directory + "/cgroup.procs");

    /// <summary>Makes the directory and sets the limits.</summary>
    public void Make(CgroupLimits limits, IReadOnlyCollection<string> controllers)
    {
        Directory.CreateDirectory(directory);
        foreach (var setting in CgroupV2Settings.For(limits, controllers))
            CgroupFile.Write(directory, setting);
    }

    /// <inheritdoc/>
    public CgroupUsage ReadUsage() => new(
        CgroupFile.TryReadNumber(directory + "/cpu.stat", "usage_usec") is { } cpu ? TimeSpan.FromMicroseconds(cpu) : null,
        CgroupFile.TryReadNumber(directory + "/memory.current"),
        CgroupFile.TryReadNumber(directory + "/memory.events", "oom_kill"));

    /// <inheritdoc/>
    public void Kill()
    {
        if (CgroupFile.TryWrite(directory + "/cgroup.kill", "1"))
            return;

        // Before Linux 5.14. Frozen, no process can fork away from the list or leave its id to another one while the list is worked through;
        // v2 ends frozen processes.
        Freeze();
        try
        {
            foreach (var process in Processes)
                PosixSignals.Send(process, PosixSignals.Kill);
        }
        finally
        {
            Thaw();
        }
    }

    /// <inheritdoc/>
    public void Freeze() => CgroupFile.TryWrite(directory + "/cgroup.freeze", "1");

    /// <inheritdoc/>
    public void Thaw() => CgroupFile.TryWrite(directory + "/cgroup.freeze", "0");

    /// <inheritdoc/>
    public bool TryRemove() => NativeDirectory.TryRemove(directory);
}
