using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage;
using ZstdSharp;

namespace Sandbox.Silo.Layers;

/// <summary>
/// Makes a layer of a tar: compresses it into a file of the data directory while it comes, and stores that under its digest, which is known
/// only then.
/// </summary>
internal sealed class LayerWriter : IDisposable
{
    // Level 1: this is done while somebody waits, and level 3 saves a tenth of the size for half as much time again.
    private const int Level = 1;

    private readonly WorkInProgress _work;
    private readonly HashingStream _compressed;
    private readonly HashingStream _tar;

    /// <summary>Starts a layer.</summary>
    public LayerWriter(DataDirectory data)
    {
        _work = WorkInProgress.Begin(data.Temporary);
        _compressed = new HashingStream(new FileStream(_work.Path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 18));
        _tar = new HashingStream(new CompressionStream(_compressed, Level, leaveOpen: true));
    }

    /// <summary>Takes the bytes of the tar. One writer at a time.</summary>
    public Stream Tar => _tar;

    /// <summary>Ends the layer once its tar is complete. Call it once; its bytes are read by <see cref="Open"/> until this is disposed.</summary>
    /// <param name="owner">Whose it is to be; null for the product's own.</param>
    public LayerDescriptor Finish(string? owner)
    {
        var diffId = _tar.Digest;
        var unpackedSize = _tar.Count;
        _tar.Dispose();
        var descriptor = new LayerDescriptor(_compressed.Digest, diffId, _compressed.Count, unpackedSize, owner);
        _compressed.Dispose();
        return descriptor;
    }

    /// <summary>Opens the finished blob.</summary>
    public Stream Open() => File.OpenRead(_work.Path);

    /// <summary>Stores the layer as one of the product's own once its tar is complete. Call it once.</summary>
    public async Task<LayerDescriptor> PublishAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        var descriptor = Finish(owner: null);

        // Over whatever is there: it has the same bytes, or was damaged.
        await using var file = Open();
        await store.PutAsync(descriptor.BlobName, file, BlobPutOptions.Overwrite, cancellationToken);
        return descriptor;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // What ends the file is written here too: on a disk that is full that fails, and the file is to go all the more.
        try
        {
            _tar.Dispose();
        }
        finally
        {
            try
            {
                _compressed.Dispose();
            }
            finally
            {
                _work.Dispose();
            }
        }
    }
}
