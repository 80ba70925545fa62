using System.Collections.Immutable;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Limits;

namespace Sandbox.Silo.Containers;

/// <summary>What a container is started with.</summary>
internal sealed record ContainerSpec
{
    /// <summary>The lowest layer as an image, or null where all layers are directories. With an image and no directory a start is cheapest.</summary>
    public RootImage? Base { get; init; }

    /// <summary>
    /// Directories of the host, topmost first, seen read-only at /l/0, /l/1, ... in the same order. At most <see cref="AgentRoot.MaximumLayers"/>.
    /// </summary>
    public ImmutableArray<string> Layers { get; init; } = [];

    /// <summary>Where the layers are seen in the container, topmost first: what CONFIGURE's <c>lower</c> names.</summary>
    public ImmutableArray<string> LowerPaths =>
        [.. Enumerable.Range(0, Layers.Length).Select(AgentRoot.LayerPath), .. Base is null ? ReadOnlySpan<string>.Empty : [RootImage.LayerPath]];

    /// <summary>What its cgroup limits. See <see cref="MemoryBudget"/> for the memory.</summary>
    public CgroupLimits Limits { get; init; } = new();
}
