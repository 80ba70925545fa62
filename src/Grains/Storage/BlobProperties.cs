namespace Sandbox.Grains.Storage;

/// <summary>What is known of a blob without reading it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Generation">Which write made it; opaque and unique per name.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Time">When it was written, by the store's clock.</param>
/// <param name="Metadata">Its user metadata.</param>
public sealed record BlobProperties(
    string Name, string Generation, long Size, DateTimeOffset Time, IReadOnlyDictionary<string, string> Metadata);
