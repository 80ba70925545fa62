using System.Collections.Immutable;

namespace Sandbox.Silo.Limits;

/// <summary>A machine without usable cgroups: everything goes on, and nothing is enforced.</summary>
/// <param name="reason">Why there are none.</param>
internal sealed class NoCgroupTree(string reason) : ICgroupTree
{
    /// <inheritdoc/>
    public ImmutableArray<UnenforcedLimit> Unenforced { get; } = [.. Enum.GetValues<HostLimit>().Select(limit => new UnenforcedLimit(limit, reason))];

    /// <inheritdoc/>
    public ImmutableArray<string> Parents => [];

    /// <inheritdoc/>
    public void Prepare()
    {
    }

    /// <inheritdoc/>
    public ICgroup Create(string name, CgroupLimits limits) => new NoCgroup(name);

    /// <inheritdoc/>
    public void Remove()
    {
    }
}
