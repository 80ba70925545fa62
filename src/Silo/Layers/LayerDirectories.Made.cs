using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Layers;

// What is unpacked while it is made.
internal sealed partial class LayerDirectories
{
    private long _coming;

    /// <summary>Takes a layer that is to go over a stack, and unpacks it while it comes, as far as it fits without another's going for it.</summary>
    /// <param name="below">The stack, lowest first.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <inheritdoc cref="EnsureAsync(IReadOnlyList{LayerDescriptor}, CancellationToken)" path="/exception"/>
    public async Task<LayerIntake> TakeInAsync(IReadOnlyList<LayerDescriptor> below, CancellationToken cancellationToken)
    {
        var use = await UseAsync(below, cancellationToken);
        var written = 0L;
        var place = new LayerUse(use.Directories, () =>
        {
            use.Dispose();
            lock (_gate) _coming -= written;
        });
        try
        {
            return new LayerIntake(data, limits, place, MayWrite);
        }
        catch
        {
            place.Dispose();
            throw;
        }

        bool MayWrite(int bytes)
        {
            lock (_gate)
            {
                Look();
                if (_shelf.Bytes + _coming + bytes > mostBytes) return false;
                _coming += bytes;
                written += bytes;
                return true;
            }
        }
    }

    /// <summary>
    /// Keeps what was unpacked while it came as the highest layer of a stack, if it fits without another's going for it. Who asks for it meanwhile waits for this.
    /// Never fails: what is not kept is unpacked when it is used.
    /// </summary>
    /// <param name="stack">The stack, lowest first.</param>
    /// <param name="unpacked">What <see cref="LayerIntake.TakeUnpacked"/> gave for it; with null nothing is kept.</param>
    /// <returns>Whether it is there.</returns>
    public async Task<bool> KeepAsync(IReadOnlyList<LayerDescriptor> stack, WorkInProgress? unpacked)
    {
        if (unpacked is null) return false;
        var chain = ChainOf(stack);
        var keeping = new Lazy<Task<string?>>(() => Task.Run(() => TryKeep(stack[^1], unpacked, Path.Combine(data.Layers, NameOf(chain)))));
        if (!_unpacked.TryAdd(chain, keeping))
        {
            // Somebody unpacks the same already.
            await Task.Run(unpacked.Dispose);
            return false;
        }

        var kept = await keeping.Value;
        _unpacked.TryRemove(KeyValuePair.Create(chain, keeping));
        return kept is not null;
    }

    private string? TryKeep(LayerDescriptor layer, WorkInProgress unpacked, string directory)
    {
        try
        {
            using (unpacked)
            {
                if (Directory.Exists(directory)) return directory;
                if (_closing.IsCancellationRequested || !Fits(layer)) return null;
                Place(unpacked, directory);
            }

            MakeRoom(directory, layer.UnpackedSize);
            return directory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private bool Fits(LayerDescriptor layer)
    {
        lock (_gate)
        {
            Look();
            return _shelf.Bytes + layer.UnpackedSize <= mostBytes;
        }
    }
}
