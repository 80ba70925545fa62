using Sandbox.CloudStorage;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Storage.Gcs;

namespace Sandbox.Silo.Tests.Storage;

/// <summary>An empty store of one kind, that goes with its test.</summary>
internal sealed class TestStore : IDisposable
{
    private readonly List<IDisposable> _opened = [];
    private readonly TemporaryDirectory? _directory;
    private readonly UnfitDirectory? _unfit;
    private readonly TimeProvider _time;
    private readonly int _chunk;

    /// <param name="kind">The kind.</param>
    /// <param name="time">The clock of its blobs.</param>
    /// <param name="chunk">Bytes of a request of Cloud Storage.</param>
    public TestStore(StoreKind kind, TimeProvider? time = null, int chunk = GcsBlobStore.ChunkLength)
    {
        _chunk = chunk;
        _time = time ?? TimeProvider.System;
        switch (kind)
        {
            case StoreKind.Directory: _directory = new TemporaryDirectory(); break;
            case StoreKind.Mounted: _unfit = new UnfitDirectory(); break;
            default: Bucket = CloudStorageFixture.CreateBucket(time); break;
        }

        Blobs = Open();
    }

    public IBlobStore Blobs { get; }

    /// <summary>The bucket, of a store in Cloud Storage.</summary>
    public Bucket? Bucket { get; }

    /// <summary>Where it is, for <c>--blobs</c> of another process.</summary>
    public string Location => _unfit?.Path ?? _directory?.Path ?? $"gs://{Bucket!.Name}/below";

    /// <summary>A place in the directory.</summary>
    public string Below(params string[] names) => Path.Combine([Location, .. names]);

    /// <summary>The same store once more, as another process has it; where one alone may use it, the same.</summary>
    public IBlobStore Open()
    {
        if (_unfit is not null && Blobs is not null) return Blobs;
        IBlobStore store = _unfit is not null ? _unfit.Open(_time)
            : _directory is not null ? DirectoryBlobStore.Open(_directory.Path, _time)
            : new GcsBlobStore(new GcsClient(Bucket!.Name, GcsAccess.None, CloudStorageFixture.Options, TimeProvider.System), "below/", _chunk);
        _opened.Add((IDisposable)store);
        return store;
    }

    public void Dispose()
    {
        foreach (var store in _opened) store.Dispose();
        _directory?.Dispose();
        _unfit?.Dispose();
        if (Bucket is not null) CloudStorageFixture.Server.RemoveBucket(Bucket.Name);
    }
}
