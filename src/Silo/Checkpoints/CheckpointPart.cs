using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Checkpoints;

/// <summary>One file of a checkpoint.</summary>
/// <param name="Name">Where it goes when the checkpoint is fetched (see <see cref="PartName"/>).</param>
/// <param name="Size">In bytes.</param>
/// <param name="Digest">The digest of its content, by which it is stored.</param>
internal sealed record CheckpointPart(string Name, long Size, LayerDigest Digest);
