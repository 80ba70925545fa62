using System.Collections.Immutable;

namespace Sandbox.Silo.Limits;

/// <summary>In place of a cgroup where the machine has none: it limits and counts nothing.</summary>
internal sealed class NoCgroup(string name) : ICgroup
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ImmutableArray<string> EntryFiles => [];

    /// <inheritdoc/>
    public IReadOnlyList<int> Processes => [];

    /// <inheritdoc/>
    public CgroupUsage ReadUsage() => CgroupUsage.Unknown;

    /// <inheritdoc/>
    public void Kill()
    {
    }

    /// <inheritdoc/>
    public void Freeze()
    {
    }

    /// <inheritdoc/>
    public void Thaw()
    {
    }

    /// <inheritdoc/>
    public bool TryRemove() => true;
}
