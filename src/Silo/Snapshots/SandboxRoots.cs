using System.Collections.Concurrent;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Snapshots;

/// <summary>
/// Makes stacks of layers into what containers stand on: the lowest layer as an image, which programs' interpreters and libraries are read from without a
/// gofer, and each of the others as a directory beside it. So a layer costs this host its unpacking, once, whatever its size.
/// </summary>
internal sealed class SandboxRoots
{
    private readonly LayerDirectories _layers;
    private readonly RootImages _images;

    // What the images of the product's own layers are called, by the names that their eviction tells.
    private readonly ConcurrentDictionary<string, string> _products = new(StringComparer.Ordinal);

    public SandboxRoots(LayerDirectories layers, RootImages images)
    {
        (_layers, _images) = (layers, images);
        layers.Evicted = chain => images.Remove(_products.TryRemove(chain, out var key) ? key : chain);
    }

    /// <summary>The most layers of a stack.</summary>
    public const int MostLayers = AgentRoot.MaximumLayers + 1;

    /// <inheritdoc cref="LayerDirectories.MissingAsync"/>
    public Task<IReadOnlySet<LayerDigest>> MissingAsync(IReadOnlyList<LayerDescriptor> stack, CancellationToken cancellationToken) =>
        _layers.MissingAsync(stack, cancellationToken);

    /// <inheritdoc cref="LayerDirectories.TakeInAsync"/>
    public Task<LayerIntake> TakeInAsync(IReadOnlyList<LayerDescriptor> below, CancellationToken cancellationToken) => _layers.TakeInAsync(below, cancellationToken);

    /// <inheritdoc cref="LayerDirectories.KeepAsync"/>
    public Task<bool> KeepAsync(IReadOnlyList<LayerDescriptor> stack, WorkInProgress? unpacked) => _layers.KeepAsync(stack, unpacked);

    /// <summary>Opens a stack, unpacking what is not there yet.</summary>
    /// <param name="stack">The layers, lowest first: 1 to <see cref="MostLayers"/>.</param>
    /// <param name="agentDigest">The agent that a checkpoint was made with; null for the agent of now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LayerException">A layer is missing, damaged, or holds what layers may not hold.</exception>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public async Task<SandboxRoot> OpenAsync(IReadOnlyList<LayerDescriptor> stack, string? agentDigest, CancellationToken cancellationToken)
    {
        var use = await _layers.UseAsync(stack, cancellationToken);
        try
        {
            var lowest = stack[0];
            var key = (lowest.Owner is null ? lowest.Digest : lowest.DiffId).Hex;
            if (lowest.Owner is null) _products[lowest.DiffId.Hex] = key;
            var image = await _images.GetAsync(key, use.Directories[0], agentDigest, cancellationToken);
            return new SandboxRoot(stack, image, use);
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }
}
