namespace Sandbox.Silo.Layers;

/// <summary>A layer in the blob store.</summary>
/// <param name="Digest">Of the blob, a tar compressed by zstd; also its name.</param>
/// <param name="DiffId">Of the tar.</param>
/// <param name="Size">Of the blob, in bytes.</param>
/// <param name="UnpackedSize">Of the tar, in bytes.</param>
internal sealed record LayerDescriptor(LayerDigest Digest, LayerDigest DiffId, long Size, long UnpackedSize);
