using System.Collections.Immutable;

namespace Sandbox.Silo.Limits;

/// <summary>The cgroup of one sandbox, in as many hierarchies as the machine needs for it.</summary>
internal interface ICgroup
{
    /// <summary>Its directory's name, the same in every hierarchy.</summary>
    string Name { get; }

    /// <summary>Files that a process writes "0" to in order to enter; empty where there are no cgroups.</summary>
    ImmutableArray<string> EntryFiles { get; }

    /// <summary>Ids of the processes in it now; empty where there are no cgroups.</summary>
    IReadOnlyList<int> Processes { get; }

    /// <summary>What it used up to now; values that cannot be read (it was removed, or nothing counts them) are null.</summary>
    CgroupUsage ReadUsage();

    /// <summary>Sends SIGKILL to every process in it, once; they are gone a little later.</summary>
    void Kill();

    /// <summary>Stops every process. Nothing happens where the machine cannot.</summary>
    void Freeze();

    /// <summary>Lets stopped processes go on.</summary>
    void Thaw();

    /// <summary>Removes it; false while there are processes in it. True also where it was gone before.</summary>
    bool TryRemove();
}
