using System.Collections.Immutable;

namespace Sandbox.Silo.Limits;

/// <summary>cgroup v1: a parent directory in the hierarchy of each controller, below the server's own cgroup, so that limits set on it hold on.</summary>
internal sealed class CgroupV1Tree : ICgroupTree
{
    private static readonly (HostLimit Limit, string Controller)[] _needs =
    [
        (HostLimit.Memory, "memory"),
        (HostLimit.OutOfMemoryCount, "memory"),
        (HostLimit.CpuShare, "cpu"),
        (HostLimit.CpuTime, "cpuacct"),
        (HostLimit.Freeze, "freezer"),
    ];

    private readonly ImmutableSortedDictionary<string, string> _parents;

    /// <param name="directories">Directory of the server's own cgroup, by controller. Controllers mounted together share one.</param>
    /// <param name="name">Name of the parent to make.</param>
    public CgroupV1Tree(ImmutableSortedDictionary<string, string> directories, string name)
    {
        _parents = directories.ToImmutableSortedDictionary(entry => entry.Key, entry => $"{entry.Value}/{name}", StringComparer.Ordinal);
        Parents = [.. _parents.Values.Distinct(StringComparer.Ordinal)];
        Unenforced =
        [
            .. _needs.Where(need => !directories.ContainsKey(need.Controller)).Select(need => new UnenforcedLimit(
                need.Limit, $"the cgroup v1 controller \"{need.Controller}\" is not mounted writable; mount it below /sys/fs/cgroup")),
        ];
    }

    /// <inheritdoc/>
    public ImmutableArray<UnenforcedLimit> Unenforced { get; }

    /// <inheritdoc/>
    public ImmutableArray<string> Parents { get; }

    /// <inheritdoc/>
    public void Prepare()
    {
        foreach (var parent in Parents)
            Directory.CreateDirectory(parent);
    }

    /// <inheritdoc/>
    public ICgroup Create(string name, CgroupLimits limits)
    {
        var cgroup = new CgroupV1(name, _parents);
        try
        {
            cgroup.Make(limits);
        }
        catch
        {
            cgroup.TryRemove();
            throw;
        }

        return cgroup;
    }

    /// <inheritdoc/>
    public void Remove()
    {
        foreach (var parent in Parents)
            NativeDirectory.TryRemove(parent);
    }
}
