using System.Text.Json.Serialization;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Layers;

/// <summary>A layer in the blob store.</summary>
/// <param name="Digest">Of the blob, a tar compressed by zstd; also its name.</param>
/// <param name="DiffId">Of the tar.</param>
/// <param name="Size">Of the blob, in bytes.</param>
/// <param name="UnpackedSize">Of the tar, in bytes.</param>
/// <param name="Owner">Whose it is; null for a layer of the product's own templates.</param>
internal sealed record LayerDescriptor(LayerDigest Digest, LayerDigest DiffId, long Size, long UnpackedSize, string? Owner = null)
{
    /// <summary>The name of its blob. What belongs to an owner is stored once for that owner, beside the parts of checkpoints.</summary>
    [JsonIgnore]
    public string BlobName => Owner is null ? $"{ReservedBlobWords.Layers}/sha256-{Digest.Hex}" : $"{Owner}/parts/sha256-{Digest.Hex}";
}
