using System.Text;

namespace Sandbox.Grains.Storage;

/// <summary>The rule for the user metadata of blobs, the same in every store.</summary>
public static class BlobMetadata
{
    /// <summary>The most bytes of keys and values together, in UTF-8.</summary>
    public const int MaxBytes = 2048;

    /// <summary>Returns the metadata when it is valid.</summary>
    /// <exception cref="ArgumentException">It is too large, or has an empty key.</exception>
    public static IReadOnlyDictionary<string, string> Check(IReadOnlyDictionary<string, string> metadata)
    {
        var total = metadata.Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value));
        if (total > MaxBytes) throw new ArgumentException($"A blob's metadata may have {MaxBytes} bytes; these have {total}.", nameof(metadata));
        return metadata.ContainsKey("") ? throw new ArgumentException("A blob's metadata may have no empty key.", nameof(metadata)) : metadata;
    }
}
