using System.Collections.Immutable;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Runsc;

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

    /// <summary>Whether it has the host's network, which makes checkpoints impossible; without it there is none but the loopback.</summary>
    public bool HostNetwork { get; init; }

    /// <summary>What its cgroup limits. See <see cref="MemoryBudget"/> for the memory.</summary>
    public CgroupLimits Limits { get; init; } = new();

    /// <summary>The runsc that makes it and is spoken to about it, or null for the server's usual one.</summary>
    public RunscInstallation? Runsc { get; init; }

    /// <summary>
    /// What must be the same in a container on this host that a checkpoint of one is restored into, as a text: the root image, and where layers are mounted, with what is
    /// in them. (*Measured*: runsc takes everything else from the checkpoint, arguments, environment, host name, capabilities and rlimits
    /// included, and the platform and the limits may be other ones. It checks the image and the mount points, but not what is in the layers.)
    /// </summary>
    public string RestoreKey => string.Join('\0', [Runsc?.Version.Text ?? "", Base?.File ?? "", .. Layers]);
}
