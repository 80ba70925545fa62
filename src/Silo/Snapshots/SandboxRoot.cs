using System.Collections.Immutable;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Snapshots;

/// <summary>What a sandbox stands on, unpacked on this host: it stays until this is disposed, which who has a container over it does last.</summary>
internal sealed class SandboxRoot(IReadOnlyList<LayerDescriptor> stack, RootImage image, LayerUse use) : IDisposable
{
    /// <summary>The layers, lowest first; the lowest is in the <see cref="Image"/>.</summary>
    public IReadOnlyList<LayerDescriptor> Stack => stack;

    /// <summary>What the whole stack is called.</summary>
    public LayerDigest Chain { get; } = LayerDigest.OfChain(stack.Select(layer => layer.DiffId));

    /// <summary>The lowest layer with the agent.</summary>
    public RootImage Image => image;

    /// <summary>The directories of the others, topmost first.</summary>
    public ImmutableArray<string> Directories { get; } = [.. use.Directories.Skip(1).Reverse()];

    /// <inheritdoc/>
    public void Dispose() => use.Dispose();
}
