using System.Collections.Immutable;
using Sandbox.Silo.Limits;

namespace Sandbox.Silo.Containers;

/// <summary>What a container is started with.</summary>
internal sealed record ContainerSpec
{
    /// <summary>
    /// Directories of the host, topmost first, seen read-only at /l/0, /l/1, ... in the same order: what CONFIGURE's <c>lower</c> names.
    /// At most <see cref="AgentRoot.MaximumLayers"/>.
    /// </summary>
    public required ImmutableArray<string> Layers { get; init; }

    /// <summary>What its cgroup limits. See <see cref="MemoryBudget"/> for the memory.</summary>
    public CgroupLimits Limits { get; init; } = new();
}
