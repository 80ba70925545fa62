using System.Collections.Concurrent;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage;
using ZstdSharp;

namespace Sandbox.Silo.Layers;

/// <summary>
/// The layers that are unpacked on this host: one directory for each chain id, made once, whoever asks and however many ask at once. A
/// directory appears whole, by a rename, after both its digests were right.
/// </summary>
internal sealed class LayerDirectories(DataDirectory data, IBlobStore store, LayerLimits limits) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<LayerDigest, Lazy<Task<string>>> _unpacked = new();
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
            var chain = LayerDigest.OfChain(layers.Take(i + 1).Select(layer => layer.DiffId));
            directories.Add(await EnsureAsync(layers[i], chain, [.. directories]).WaitAsync(cancellationToken));
        }

        return directories;
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
        var directory = Path.Combine(data.Layers, "sha256-" + chain.Hex);
        if (Directory.Exists(directory))
        {
            return directory;
        }

        var unpacking = _unpacked.GetOrAdd(chain, _ => new Lazy<Task<string>>(() => UnpackAsync(layer, directory, parents)));
        try
        {
            return await unpacking.Value;
        }
        finally
        {
            // Done or failed: the next who asks sees the directory, or tries again.
            _unpacked.TryRemove(KeyValuePair.Create(chain, unpacking));
        }
    }

    private async Task<string> UnpackAsync(LayerDescriptor layer, string directory, IReadOnlyList<string> parents)
    {
        await using var blob = await store.OpenAsync(layer.Digest.BlobName, cancellationToken: _closing.Token)
            ?? throw new LayerException($"The layer {layer.Digest} is not in the blob store.");
        using var work = WorkInProgress.Begin(data.Layers);

        // A thread of its own: the work blocks on the disk for seconds.
        await Task.Factory.StartNew(
            () => Unpack(layer, blob.Content, work.Path, parents), _closing.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            Directory.Move(work.Path, directory);
            Posix.SyncDirectory(data.Layers);
        }
        catch (IOException) when (Directory.Exists(directory))
        {
            // Another process of this host was quicker; the directories are the same.
        }

        return directory;
    }

    private void Unpack(LayerDescriptor layer, Stream content, string directory, IReadOnlyList<string> parents)
    {
        // What the root of a layer is that does not say: users of the sandbox enter it. Above it, the data directory keeps others out.
        Directory.CreateDirectory(directory, (UnixFileMode)0x1ED);
        using var compressed = new HashingStream(content);
        using var tar = new HashingStream(new DecompressionStream(compressed, 1 << 17));
        try
        {
            using var unpacker = new LayerUnpacker(directory, parents, limits);
            unpacker.Unpack(tar, _closing.Token);
        }
        catch (Exception exception) when (exception is ZstdException or EndOfStreamException)
        {
            throw new LayerException($"The layer {layer.Digest} is damaged: {exception.Message}", exception);
        }

        if (compressed.Digest != layer.Digest || tar.Digest != layer.DiffId)
        {
            throw new LayerException($"The layer {layer.Digest} is damaged: its bytes in the blob store have the digest {compressed.Digest}.");
        }

        // Renamed only when all of it would outlive a power cut.
        using var handle = Posix.OpenDirectory(directory);
        Posix.Check(Posix.SyncFileSystem(Posix.Fd(handle)), $"write {directory} to the disk");
    }
}
