using System.Runtime.CompilerServices;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Faults;

/// <summary>A store that hangs or fails when it is told to, each call as it comes.</summary>
/// <param name="blobs">The store.</param>
/// <param name="fault">What it does now.</param>
internal sealed class FaultyBlobStore(IBlobStore blobs, Func<StoreFault> fault) : IBlobStore
{
    private const int NoSpace = 28;
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public async Task<BlobProperties?> PutAsync(string name, Stream content, BlobPutOptions options, CancellationToken cancellationToken = default)
    {
        await PassAsync(writes: true, cancellationToken);
        return await blobs.PutAsync(name, content, options, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<OpenBlob?> OpenAsync(string name, BlobRange? range = null, CancellationToken cancellationToken = default)
    {
        await PassAsync(writes: false, cancellationToken);
        return await blobs.OpenAsync(name, range, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<BlobProperties?> FindAsync(string name, CancellationToken cancellationToken = default)
    {
        await PassAsync(writes: false, cancellationToken);
        return await blobs.FindAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string name, string? expectedGeneration = null, CancellationToken cancellationToken = default)
    {
        await PassAsync(writes: false, cancellationToken);
        return await blobs.DeleteAsync(name, expectedGeneration, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobProperties> ListAsync(
        string prefix, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await PassAsync(writes: false, cancellationToken);
        await foreach (var blob in blobs.ListAsync(prefix, after, cancellationToken)) yield return blob;
    }

    private async Task PassAsync(bool writes, CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (fault())
            {
                case StoreFault.Hangs:
                    await Task.Delay(_look, cancellationToken);
                    continue;
                case StoreFault.Fails:
                    throw new IOException("The store was told to fail.");
                case StoreFault.Full when writes:
                    throw new IOException("No space left on device", NoSpace);
                default:
                    return;
            }
        }
    }
}
