namespace Sandbox.Grains.Storage;

/// <summary>A blob that is being read. The generation is that of the bytes, whatever is written meanwhile.</summary>
/// <param name="properties">The blob.</param>
/// <param name="content">Its bytes, or the range asked for.</param>
public sealed class OpenBlob(BlobProperties properties, Stream content) : IAsyncDisposable
{
    /// <summary>The blob.</summary>
    public BlobProperties Properties { get; } = properties;

    /// <summary>Its bytes, or the range asked for.</summary>
    public Stream Content { get; } = content;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}
