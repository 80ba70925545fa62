using System.Runtime.CompilerServices;
using Sandbox.Grains.Storage;

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>A blob store in memory, by the rules of the port. Counts its writes, and can be told to fail.</summary>
internal sealed class MemoryBlobStore(TimeProvider time) : IBlobStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (BlobProperties Properties, byte[] Bytes)> _blobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _writes = new(StringComparer.Ordinal);
    private long _generation;

    /// <summary>Thrown by every write, while set.</summary>
    public Exception? Failure { get; set; }

    public int WritesOf(string name)
    {
        lock (_gate) return _writes.GetValueOrDefault(name);
    }

    public async Task<BlobProperties?> PutAsync(string name, Stream content, BlobPutOptions options, CancellationToken cancellationToken = default)
    {
        BlobName.Check(name);
        if (Failure is { } failure) throw failure;
        Assert.True(options.Metadata.Sum(pair => pair.Key.Length + pair.Value.Length) <= 2048);
        Assert.All(options.Metadata.Values, value => Assert.True(System.Text.Ascii.IsValid(value)));
        using var buffer = new MemoryStream();
        await content.CopyToAsync(buffer, cancellationToken);
        lock (_gate)
        {
            var known = _blobs.TryGetValue(name, out var blob) ? blob.Properties.Generation : null;
            if (options.Condition.MustBeAbsent && known is not null) return null;
            if (options.Condition.Generation is { } wanted && wanted != known) return null;
            var properties = new BlobProperties(
                name, $"g{++_generation}", buffer.Length, time.GetUtcNow(), new Dictionary<string, string>(options.Metadata));
            _blobs[name] = (properties, buffer.ToArray());
            _writes[name] = _writes.GetValueOrDefault(name) + 1;
            return properties;
        }
    }

    public Task<OpenBlob?> OpenAsync(string name, BlobRange? range = null, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return Task.FromResult(_blobs.TryGetValue(name, out var blob) ? new OpenBlob(blob.Properties, new MemoryStream(blob.Bytes)) : null);
        }
    }

    public Task<BlobProperties?> FindAsync(string name, CancellationToken cancellationToken = default)
    {
        lock (_gate) return Task.FromResult(_blobs.TryGetValue(name, out var blob) ? blob.Properties : null);
    }

    public Task<bool> DeleteAsync(string name, string? expectedGeneration = null, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            var found = _blobs.TryGetValue(name, out var blob) && (expectedGeneration ?? blob.Properties.Generation) == blob.Properties.Generation;
            return Task.FromResult(found && _blobs.Remove(name));
        }
    }

    public async IAsyncEnumerable<BlobProperties> ListAsync(
        string prefix, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<BlobProperties> found;
        lock (_gate)
        {
            found = [.. _blobs.Values.Select(blob => blob.Properties).Where(blob => blob.Name.StartsWith(prefix, StringComparison.Ordinal)
                && (after is null || string.CompareOrdinal(blob.Name, after) > 0))];
        }

        foreach (var blob in found)
        {
            await Task.Yield();
            yield return blob;
        }
    }
}
