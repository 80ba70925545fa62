namespace Sandbox.Grains.Storage;

/// <summary>A run of a blob's bytes.</summary>
/// <param name="Offset">The first byte, from 0.</param>
/// <param name="Length">How many at most; null for all that follow.</param>
public readonly record struct BlobRange(long Offset, long? Length = null);
