using System.Collections.Immutable;

namespace Sandbox.Silo.Limits;

/// <summary>Where the cgroups of this process lie in the file system.</summary>
/// <param name="V1">Directory of the own cgroup for each v1 controller that is mounted writable.</param>
/// <param name="V2">Directory of the own cgroup in the v2 hierarchy, or null where it is not mounted writable.</param>
/// <param name="V2Root">Topmost directory of the v2 hierarchy that can be seen, or null as above.</param>
internal sealed record CgroupLayout(ImmutableSortedDictionary<string, string> V1, string? V2, string? V2Root)
{
    /// <summary>v1 controllers that are of use here. The others are left alone.</summary>
    public static readonly ImmutableArray<string> UsefulControllers = ["memory", "cpu", "cpuacct", "freezer"];

    /// <summary>The layout of this process, now.</summary>
    public static CgroupLayout OfThisProcess() =>
        From(CgroupFile.TryRead("/proc/self/cgroup") ?? "", CgroupFile.TryRead("/proc/self/mountinfo") ?? "");

    /// <summary>Puts together what the two files say.</summary>
    /// <param name="membership">Text of <c>/proc/self/cgroup</c>.</param>
    /// <param name="mountInfo">Text of <c>/proc/self/mountinfo</c>.</param>
    public static CgroupLayout From(string membership, string mountInfo)
    {
        var own = CgroupMembership.Parse(membership);
        var v1 = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        string? v2 = null, v2Root = null;
        foreach (var mount in CgroupMount.Parse(mountInfo).Where(mount => !mount.ReadOnly))
        {
            if (mount.IsV2)
            {
                v2 = own.Unified is { } path ? mount.DirectoryOf(path) : null;
                v2Root = mount.MountPoint;
                continue;
            }

            foreach (var controller in UsefulControllers.Where(controller => mount.Controllers.Contains(controller, StringComparer.Ordinal)))
            {
                if (own.ByController.TryGetValue(controller, out var path) && mount.DirectoryOf(path) is { } directory)
                    v1[controller] = directory;
            }
        }

        return new CgroupLayout(v1.ToImmutable(), v2, v2Root);
    }
}
