namespace Sandbox.Grains.Storage;

/// <summary>
/// Named blobs with generations: the one port through which grain state, layers and checkpoints are stored. Every name begins with the
/// owner or with one of the product's <see cref="ReservedBlobWords"/>, has segments parted by <c>/</c>, and matches <see cref="BlobName"/>.
/// </summary>
/// <remarks>
/// A put is atomic: readers see the old bytes or the new ones whole. Generations of a name are unique and otherwise opaque (not ordered).
/// Implementations are safe to call from many threads and many processes at once. A disk or a store that fails is an
/// <see cref="IOException"/>; where it cannot be told any more whether a write took place, that is one too, never a result.
/// </remarks>
public interface IBlobStore
{
    /// <summary>Writes a blob.</summary>
    /// <param name="name">The name.</param>
    /// <param name="content">Read to its end. Need not be seekable.</param>
    /// <param name="options">The condition, and what is kept beside the bytes.</param>
    /// <param name="cancellationToken">Ends the call; nothing is written then, unless the last bytes were on their way to the store.</param>
    /// <returns>The new blob, or null when the condition did not hold and nothing was written.</returns>
    Task<BlobProperties?> PutAsync(string name, Stream content, BlobPutOptions options, CancellationToken cancellationToken = default);

    /// <summary>Opens a blob for reading.</summary>
    /// <param name="name">The name.</param>
    /// <param name="range">Which bytes; null for all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The open blob, which the caller disposes of, or null when there is none of that name.</returns>
    Task<OpenBlob?> OpenAsync(string name, BlobRange? range = null, CancellationToken cancellationToken = default);

    /// <summary>A blob's properties, or null when there is none of that name.</summary>
    Task<BlobProperties?> FindAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Deletes a blob.</summary>
    /// <param name="name">The name.</param>
    /// <param name="expectedGeneration">Deletes only this generation; null for whichever there is.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>
    /// False when there was none, or one of another generation. A store whose first answer was lost may say true when another deleted it meanwhile.
    /// </returns>
    Task<bool> DeleteAsync(string name, string? expectedGeneration = null, CancellationToken cancellationToken = default);

    /// <summary>The blobs whose names begin with a prefix, in the ordinal order of their names, with no need to open any of them.</summary>
    /// <param name="prefix">The prefix; empty for all.</param>
    /// <param name="after">Begins behind this name; null from the start. For paging.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    IAsyncEnumerable<BlobProperties> ListAsync(string prefix, string? after = null, CancellationToken cancellationToken = default);
}
