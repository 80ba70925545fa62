using System.Collections.Immutable;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Limits;

/// <summary>A sandbox's cgroup in the v1 hierarchies.</summary>
/// <param name="name">Its name.</param>
/// <param name="parents">Its parent, by controller.</param>
internal sealed class CgroupV1(string name, ImmutableSortedDictionary<string, string> parents) : ICgroup
{
    private readonly ImmutableSortedDictionary<string, string> _directories =
        parents.ToImmutableSortedDictionary(entry => entry.Key, entry => $"{entry.Value}/{name}", StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ImmutableArray<string> EntryFiles => [.. Directories.Select(directory => directory + "/cgroup.procs")];

    /// <inheritdoc/>
    public IReadOnlyList<int> Processes => Directories.Select(d => CgroupFile.ReadProcesses(d + "/cgroup.procs")).FirstOrDefault(p => p.Count > 0) ?? [];

    private IEnumerable<string> Directories => _directories.Values.Distinct(StringComparer.Ordinal);

    /// <summary>Makes the directories and sets the limits.</summary>
    public void Make(CgroupLimits limits)
    {
        foreach (var directory in Directories)
            Directory.CreateDirectory(directory);

        foreach (var (controller, directory) in _directories)
        {
            foreach (var setting in CgroupV1Settings.For(limits, controller))
                CgroupFile.Write(directory, setting);
        }
    }

    /// <inheritdoc/>
    public CgroupUsage ReadUsage()
    {
        var cpu = In("cpuacct", "cpuacct.usage") is { } usage ? CgroupFile.TryReadNumber(usage) : null;
        return new CgroupUsage(
            cpu is { } nanoseconds ? TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick) : null,
            In("memory", "memory.usage_in_bytes") is { } memory ? CgroupFile.TryReadNumber(memory) : null,
            In("memory", "memory.oom_control") is { } control ? CgroupFile.TryReadNumber(control, "oom_kill") : null);
    }

    /// <inheritdoc/>
    public void Kill()
    {
        // Frozen, no process can fork away from the list or end and leave its id to another one while the list is worked through.
        // v1 delivers the signals when it thaws.
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
    public void Freeze() => SetFreezer("FROZEN");

    /// <inheritdoc/>
    public void Thaw() => SetFreezer("THAWED");

    /// <inheritdoc/>
    public bool TryRemove()
    {
        var removed = true;
        foreach (var directory in Directories)
            removed &= NativeDirectory.TryRemove(directory);
        return removed;
    }

    private void SetFreezer(string state)
    {
        if (In("freezer", "freezer.state") is { } file)
            CgroupFile.TryWrite(file, state);
    }

    private string? In(string controller, string file) =>
        _directories.TryGetValue(controller, out var directory) ? $"{directory}/{file}" : null;
}
