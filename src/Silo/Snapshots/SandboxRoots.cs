using Sandbox.Silo.Containers;
using Sandbox.Silo.Containers.Images;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Snapshots;

/// <summary>
/// Makes stacks of layers into what containers stand on: the lowest layer as an image, which programs' interpreters and libraries are read from without a
/// gofer, and each of the others as a directory beside it. So a layer costs this host its unpacking, once, whatever its size.
/// </summary>
internal sealed class SandboxRoots
{
    private readonly LayerDirectories _layers;
    private readonly RootImages _images;

    public SandboxRoots(LayerDirectories layers, RootImages images)
    {
        (_layers, _images) = (layers, images);
        layers.Evicted = images.Remove;
    }

    /// <summary>The most layers of a stack.</summary>
    public const int MostLayers = AgentRoot.MaximumLayers + 1;

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
            // An owner's has the name that its eviction tells; the product's own are never unused.
            var lowest = stack[0];
            var image = await _images.GetAsync((lowest.Owner is null ? lowest.Digest : lowest.DiffId).Hex, use.Directories[0], agentDigest, cancellationToken);
            return new SandboxRoot(stack, image, use);
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }
}
