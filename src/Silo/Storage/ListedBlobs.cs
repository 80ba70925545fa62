using System.Collections.Concurrent;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage;

/// <summary>
/// What listings have read of blobs' files, for the next listing: a blob's header, for as long as its stamp is the same. Only of blobs with metadata, which are
/// those that lists show. Thread-safe.
/// </summary>
/// <remarks>Bounded in bytes; when it is full it begins anew. A sandbox's takes about 0.5 KB.</remarks>
/// <typeparam name="TStamp">Tells one state of a blob's file from every other.</typeparam>
/// <param name="mostBytes">What all entries may take.</param>
internal sealed class ListedBlobs<TStamp>(long mostBytes = 32 << 20)
    where TStamp : struct, IEquatable<TStamp>
{
    // Of the objects that an entry is made of, beside its characters and bytes.
    private const int Overhead = 224;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>How many blobs are known.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether anything is known of a name.</summary>
    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>A blob, if its file still has the stamp that it was read with.</summary>
    public BlobProperties? Find(string name, TStamp stamp) =>
        _entries.TryGetValue(name, out var entry) && entry.Stamp.Equals(stamp) ? BlobFileHeader.Parse(entry.Header, name).Describe(name, entry.Length) with { Time = entry.Time } : null;

    /// <summary>Keeps what was read.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="header">What stands before its bytes.</param>
    /// <param name="stamp">Its file's stamp, which no later state of it can have.</param>
    public void Add(BlobProperties blob, BlobFileHeader header, TStamp stamp)
    {
        if (blob.Metadata.Count == 0) return;
        Remove(blob.Name);
        var entry = new Entry(stamp, header.Bytes, header.Bytes.Length + blob.Size, blob.Time);
        if (!_entries.TryAdd(blob.Name, entry) || Interlocked.Add(ref _bytes, WeightOf(blob.Name, entry)) <= mostBytes) return;
        _entries.Clear();
        Interlocked.Exchange(ref _bytes, 0);
    }

    /// <summary>Lets go of a blob.</summary>
    public void Remove(string name)
    {
        if (_entries.TryRemove(name, out var entry)) Interlocked.Add(ref _bytes, -WeightOf(name, entry));
    }

    private static long WeightOf(string name, Entry entry) => Overhead + (2 * name.Length) + entry.Header.Length;

    private sealed record Entry(TStamp Stamp, byte[] Header, long Length, DateTimeOffset Time);
}
