using System.Collections.Immutable;

namespace Sandbox.Silo.Limits;

/// <summary>The part of the machine's cgroups that belongs to one server: one parent that holds a cgroup for each of its sandboxes.</summary>
internal interface ICgroupTree
{
    /// <summary>What cannot be enforced here. Known after <see cref="Prepare"/>.</summary>
    ImmutableArray<UnenforcedLimit> Unenforced { get; }

    /// <summary>Parent directories, one a hierarchy, or where one may be. What a successor has to look through when this server dies.</summary>
    ImmutableArray<string> Parents { get; }

    /// <summary>Makes the parents. Once, at start.</summary>
    void Prepare();

    /// <summary>Makes a cgroup with limits. Costs about 0.1 ms.</summary>
    /// <exception cref="IOException">The kernel refused it.</exception>
    ICgroup Create(string name, CgroupLimits limits);

    /// <summary>Removes the parents, once all sandboxes are gone; otherwise they stay.</summary>
    void Remove();
}
