using System.Collections.Immutable;

namespace Sandbox.Silo.Limits;

/// <summary>
/// cgroup v2: one parent directory for the server's sandboxes. A cgroup whose children have controllers may hold no process itself, so the
/// parent lies below the server's own cgroup only where that can be emptied (see <see cref="Prepare"/>), else at the top of the hierarchy, as Docker's do.
/// </summary>
/// <param name="own">Directory of the server's own cgroup.</param>
/// <param name="root">Topmost directory that can be seen.</param>
/// <param name="name">Name of the parent to make.</param>
internal sealed class CgroupV2Tree(string own, string root, string name) : ICgroupTree
{
    private static readonly ImmutableArray<string> _controllers = ["memory", "cpu"];

    private ImmutableArray<string> _available = [];
    private string _parent = $"{own}/{name}";

    /// <inheritdoc/>
    public ImmutableArray<UnenforcedLimit> Unenforced { get; private set; } = [];

    /// <summary>The places where the parent may be.</summary>
    public ImmutableArray<string> Parents => [.. new[] { $"{own}/{name}", $"{root}/{name}" }.Distinct(StringComparer.Ordinal)];

    /// <summary>Name of the cgroup that takes the server itself where its own cgroup has to be emptied.</summary>
    private string ServerLeaf => $"{own}/{name}-server";

    /// <inheritdoc/>
    public void Prepare()
    {
        // The own cgroup is preferred: what the operator limited there (a systemd unit, a container) then holds for the sandboxes too.
        if (!Enable(own) && CanBeEmptied())
        {
            Directory.CreateDirectory(ServerLeaf);
            foreach (var process in CgroupFile.ReadProcesses(own + "/cgroup.procs"))
                CgroupFile.TryWrite(ServerLeaf + "/cgroup.procs", process.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Enable(own);
        }

        var place = Missing(own).IsEmpty || (!Enable(root) && Missing(root).Length >= Missing(own).Length) ? own : root;
        _parent = $"{place}/{name}";
        Directory.CreateDirectory(_parent);
        Enable(_parent);
        _available = [.. _controllers.Except(Missing(_parent), StringComparer.Ordinal)];
        Unenforced = [.. Describe(Missing(_parent))];
    }

    /// <inheritdoc/>
    public ICgroup Create(string name, CgroupLimits limits)
    {
        var cgroup = new CgroupV2($"{_parent}/{name}");
        try
        {
            cgroup.Make(limits, _available);
        }
        catch
        {
            cgroup.TryRemove();
            throw;
        }

        return cgroup;
    }

    /// <inheritdoc/>
    public void Remove() => NativeDirectory.TryRemove(_parent);

    /// <summary>What children of a cgroup lack.</summary>
    private static ImmutableArray<string> Missing(string directory)
    {
        var enabled = (CgroupFile.TryRead(directory + "/cgroup.subtree_control") ?? "").Split(' ', StringSplitOptions.TrimEntries);
        return [.. _controllers.Except(enabled, StringComparer.Ordinal)];
    }

    /// <summary>Gives children of a cgroup the controllers; true when they have all. One at a time: one that is missing would refuse both.</summary>
    private static bool Enable(string directory)
    {
        foreach (var controller in Missing(directory))
            CgroupFile.TryWrite(directory + "/cgroup.subtree_control", "+" + controller);
        return Missing(directory).IsEmpty;
    }

    /// <summary>
    /// Whether the processes of the own cgroup are the server's to move: nobody else is in it (a systemd unit), or it is the top of a
    /// container. A login session is neither. Only a cgroup that is not the real root has a <c>cgroup.type</c>, and only such a one needs it.
    /// </summary>
    private bool CanBeEmptied() => File.Exists(own + "/cgroup.type")
        && (own == root || CgroupFile.ReadProcesses(own + "/cgroup.procs").All(process => process == Environment.ProcessId));

    private static IEnumerable<UnenforcedLimit> Describe(ImmutableArray<string> missing)
    {
        foreach (var controller in missing)
        {
            var reason = $"the cgroup v2 controller \"{controller}\" is not available to the server; delegate it " +
                "(systemd: Delegate=yes; Docker: --cgroupns=private with a writable /sys/fs/cgroup)";
            if (controller == "memory")
            {
                yield return new(HostLimit.Memory, reason);
                yield return new(HostLimit.OutOfMemoryCount, reason);
            }
            else
            {
                yield return new(HostLimit.CpuShare, reason);
            }
        }
    }
}
