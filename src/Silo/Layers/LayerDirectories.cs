using System.Collections.Concurrent;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage;
using ZstdSharp;

namespace Sandbox.Silo.Layers;

/// <summary>
/// The layers that are unpacked on this host: one directory for each chain id, made once, whoever asks and however many ask at once. A
/// directory appears whole, by a rename, after both its digests were right. What nobody uses goes, the longest unused first, when all together
/// are too large.
/// </summary>
/// <param name="data">Where they are.</param>
/// <param name="store">Where their blobs are.</param>
/// <param name="limits">How much one may be.</param>
/// <param name="mostBytes">What all may take together.</param>
internal sealed partial class LayerDirectories(DataDirectory data, IBlobStore store, LayerLimits limits, long mostBytes = long.MaxValue) : IAsyncDisposable
{
    private const int Tries = 2;

    // What is on its way, by chain id. Each gives the directory, or null where what was made is not kept and has to be unpacked.
    private readonly ConcurrentDictionary<LayerDigest, Lazy<Task<string?>>> _unpacked = new();
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Sees to it that a stack of layers is unpacked.</summary>
    /// <param name="layers">The stack, lowest first.</param>
    /// <param name="cancellationToken">Ends the waiting; an unpacking that others may wait for goes on.</param>
    /// <returns>The layers' directories, lowest first.</returns>
    /// <exception cref="LayerException">A layer is missing, damaged, or holds what layers may not hold.</exception>
    public async Task<IReadOnlyList<string>> EnsureAsync(IReadOnlyList<LayerDescriptor> layers, CancellationToken cancellationToken = default)
    {
        var directories = new List<string>();
        for (var i = 0; i < layers.Count; i++)
        {
            var chain = ChainOf(layers.Take(i + 1));
            directories.Add(await EnsureAsync(layers[i], chain, [.. directories]).WaitAsync(cancellationToken));
        }

        return directories;
    }

    /// <summary>The same, for as long as the caller uses it: until then it is not evicted.</summary>
    /// <inheritdoc cref="EnsureAsync(IReadOnlyList{LayerDescriptor}, CancellationToken)"/>
    public async Task<LayerUse> UseAsync(IReadOnlyList<LayerDescriptor> layers, CancellationToken cancellationToken = default)
    {
        string[] names = [.. Enumerable.Range(1, layers.Count).Select(count => NameOf(ChainOf(layers.Take(count))))];
        lock (_gate)
        {
            foreach (var name in names) _shelf.Take(name);
        }

        try
        {
            return new LayerUse(await EnsureAsync(layers, cancellationToken), Release);
        }
        catch
        {
            Release();
            throw;
        }

        void Release()
        {
            lock (_gate)
            {
                foreach (var name in names) _shelf.Release(name);
            }
        }
    }

    /// <summary>Those layers of a stack that are neither unpacked here nor in the store.</summary>
    /// <param name="layers">The stack, lowest first.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlySet<LayerDigest>> MissingAsync(IReadOnlyList<LayerDescriptor> layers, CancellationToken cancellationToken = default)
    {
        var missing = new HashSet<LayerDigest>();
        for (var i = 0; i < layers.Count; i++)
        {
            if (Directory.Exists(Path.Combine(data.Layers, NameOf(ChainOf(layers.Take(i + 1)))))) continue;
            if (await store.FindAsync(layers[i].BlobName, cancellationToken) is null) missing.Add(layers[i].Digest);
        }

        return missing;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        foreach (var unpacking in _unpacked.Values.Where(lazy => lazy.IsValueCreated))
        {
            await unpacking.Value.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        _closing.Dispose();
    }

    private async Task<string> EnsureAsync(LayerDescriptor layer, LayerDigest chain, IReadOnlyList<string> parents)
    {
        var directory = Path.Combine(data.Layers, NameOf(chain));
        if (Directory.Exists(directory)) return directory;
        while (true)
        {
            // Not in the caller's turn, who may be a grain: renaming and syncing wait for the disk.
            var unpacking = _unpacked.GetOrAdd(chain, _ => new Lazy<Task<string?>>(() => Task.Run(async () => (string?)await UnpackAsync(layer, directory, parents))));
            try
            {
                if (await unpacking.Value is { } there) return there;
            }
            finally
            {
                // Done or failed: the next who asks sees the directory, or tries again.
                _unpacked.TryRemove(KeyValuePair.Create(chain, unpacking));
            }
        }
    }

    private static LayerDigest ChainOf(IEnumerable<LayerDescriptor> layers) => LayerDigest.OfChain(layers.Select(layer => layer.DiffId));

    private static string NameOf(LayerDigest chain) => "sha256-" + chain.Hex;

    private async Task<string> UnpackAsync(LayerDescriptor layer, string directory, IReadOnlyList<string> parents)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await UnpackOnceAsync(layer, directory, parents);
                break;
            }
            catch (LayerException e) when (e.IsDamage && tries < Tries)
            {
                // What was read was not what was stored: perhaps only this once.
            }
        }

        // A thread of its own: the first time it looks at all that there are.
        await Task.Factory.StartNew(
            () => MakeRoom(directory, layer.UnpackedSize), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return directory;
    }

    private async Task UnpackOnceAsync(LayerDescriptor layer, string directory, IReadOnlyList<string> parents)
    {
        await using var blob = await store.OpenAsync(layer.BlobName, cancellationToken: _closing.Token)
            ?? throw new LayerException($"The layer {layer.Digest} is not in the blob store.");
        using var work = WorkInProgress.Begin(data.Layers);

        // A thread of its own: the work blocks on the disk for seconds.
        await Task.Factory.StartNew(
            () =>
            {
                Unpack(layer, blob.Content, work.Path, parents);
                Place(work, directory);
            },
            _closing.Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    private void Unpack(LayerDescriptor layer, Stream content, string directory, IReadOnlyList<string> parents)
    {
        using var compressed = new HashingStream(content);
        using var tar = new HashingStream(new DecompressionStream(compressed, 1 << 17));
        try
        {
            LayerUnpacker.MakeRoot(directory);
            using var unpacker = new LayerUnpacker(directory, parents, limits);
            unpacker.Unpack(tar, _closing.Token);
        }
        catch (Exception exception) when (exception is ZstdException or EndOfStreamException)
        {
            throw Damaged(layer, exception.Message, exception);
        }
        catch (LayerException) when (Differs(layer, compressed))
        {
            // Whatever was found wrong with it, it is not what was stored.
            throw Damaged(layer, compressed.Digest);
        }

        if (compressed.Digest != layer.Digest || tar.Digest != layer.DiffId) throw Damaged(layer, compressed.Digest);
    }

    /// <summary>Gives what was unpacked its name, once all of it would outlive a power cut. Blocks on the disk.</summary>
    private void Place(WorkInProgress unpacked, string directory)
    {
        using (var handle = Posix.OpenDirectory(unpacked.Path))
        {
            Posix.Check(Posix.SyncFileSystem(Posix.Fd(handle)), $"write {unpacked.Path} to the disk");
        }

        try
        {
            Directory.Move(unpacked.Path, directory);
            Posix.SyncDirectory(data.Layers);
        }
        catch (IOException) when (Directory.Exists(directory))
        {
            // Another process of this host was quicker; the directories are the same.
        }
    }

    private static bool Differs(LayerDescriptor layer, HashingStream compressed)
    {
        compressed.CopyTo(Stream.Null);
        return compressed.Digest != layer.Digest;
    }

    private static LayerException Damaged(LayerDescriptor layer, LayerDigest found) => Damaged(layer, $"its bytes in the blob store have the digest {found}.");

    private static LayerException Damaged(LayerDescriptor layer, string why, Exception? inner = null) =>
        new($"The layer {layer.Digest} is damaged: {why}", inner) { IsDamage = true };
}
