using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Templates;

/// <summary>A template that is unpacked on this host.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Layer">Its content.</param>
/// <param name="Directory">The root file system, to be mounted read-only and never written to.</param>
internal sealed record Template(string Name, LayerDescriptor Layer, string Directory)
{
    /// <summary>The digest of its content: what checkpoints refer to.</summary>
    public LayerDigest Digest => Layer.Digest;
}
