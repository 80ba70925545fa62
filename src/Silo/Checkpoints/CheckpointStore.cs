using System.Collections.Concurrent;
using System.Security.Cryptography;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Checkpoints;

/// <summary>
/// The checkpoints of sandboxes: a signed manifest each, <c>{owner}/checkpoints/{sandbox}/{checkpoint}</c>, and the parts that it names. The
/// manifest is written last and removed first, so a checkpoint exists wholly or not at all; what a crash leaves is swept
/// (<see cref="CheckpointSweep"/>). Any number of hosts may use one store at once.
/// </summary>
/// <remarks>All calls throw <see cref="CheckpointStorageException"/> when a disk or the store fails.</remarks>
internal sealed partial class CheckpointStore(IBlobStore blobs, CheckpointKeys keys, PartCache cache, TimeProvider time, ILogger<CheckpointStore> logger)
{
    /// <summary>How many parts are on their way at a time.</summary>
    internal const int AtOnce = 8;

    private const int LongestLabel = 128;
    private const int LongestManifest = 16 << 20;
    private static readonly TimeSpan _tidying = TimeSpan.FromSeconds(10);
    private readonly PartStore _parts = new(blobs);

    /// <inheritdoc cref="SaveAsync(CheckpointDraft, IReadOnlyDictionary{string, string}, Func{Stream}, CancellationToken)"/>
    public Task<CheckpointManifest> SaveAsync(
        CheckpointDraft draft, IReadOnlyDictionary<string, string> files, CancellationToken cancellationToken = default) =>
        SaveAsync(draft, files, openLayer: null, cancellationToken);

    /// <summary>Stores a checkpoint. Parts that are there already are not sent.</summary>
    /// <param name="draft">What the host says of it.</param>
    /// <param name="files">
    /// The local file of each part's name. Nobody writes to them any more: the cache takes links of them, and sets their times of modification.
    /// </param>
    /// <param name="openLayer">Opens the layer that the draft names as the sandbox's files, if any.</param>
    /// <param name="cancellationToken">Ends the call. The checkpoint may exist then if only the last write was under way.</param>
    /// <exception cref="ArgumentException">A name, the label or the parent breaks its rule.</exception>
    /// <exception cref="CheckpointRefusedException">It took so long that it was taken for left behind.</exception>
    public async Task<CheckpointManifest> SaveAsync(
        CheckpointDraft draft, IReadOnlyDictionary<string, string> files, Func<Stream>? openLayer, CancellationToken cancellationToken = default)
    {
        if (draft.Label.Length > LongestLabel) throw new ArgumentException($"A label has {LongestLabel} characters at most.", nameof(draft));
        if (files.Keys.FirstOrDefault(name => !PartName.IsValid(name)) is { } wrong) throw new ArgumentException($"'{wrong}' is no part's name.", nameof(files));
        var id = CheckpointId.New(time.GetUtcNow(), draft.Parent);
        return await GuardAsync($"The checkpoint {id} of {draft.Sandbox} cannot be stored", async () =>
        {
            var parts = await DescribeAsync([.. files.OrderBy(file => file.Key, StringComparer.Ordinal)], cancellationToken);
            var manifest = Manifest(draft, id, parts);
            await StoreAsync(
                manifest,
                part => Open(part) is { } open
                    ? _parts.KeepAsync(draft.Sandbox.Owner, part, draft.Sandbox.Id, id, open, cancellationToken)
                    : KeepStoredAsync(manifest, part, cancellationToken),
                cancellationToken);
            foreach (var part in parts) KeepHere(draft.Sandbox.Owner, part, files[part.Name]);
            return manifest;
        });

        Func<Stream>? Open(CheckpointPart part) => files.TryGetValue(part.Name, out var file) ? () => OpenFile(file) : part.Digest == draft.Files?.Digest ? openLayer : null;
    }

    /// <summary>Writes a checkpoint of the same parts for another sandbox of the same owner: no part is sent.</summary>
    /// <param name="from">The sandbox whose checkpoint it is.</param>
    /// <param name="id">The checkpoint.</param>
    /// <param name="to">The fork, which has none yet.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="CheckpointRefusedException">The checkpoint cannot be used, or was deleted meanwhile.</exception>
    public async Task<CheckpointManifest> CopyManifestAsync(SandboxKey from, string id, SandboxKey to, CancellationToken cancellationToken = default)
    {
        if (from.Owner != to.Owner) throw new ArgumentException($"{to} belongs to another owner than {from}.", nameof(to));
        var source = await ReadAsync(from, id, cancellationToken);
        var now = time.GetUtcNow();
        var copy = source with
        {
            Sandbox = to.ToString(),
            Id = CheckpointId.New(now),
            Parent = null,
            Origin = new CheckpointOrigin(from.Id, id),
            Created = now,
            Label = "",
            Kind = CheckpointKind.Fork,
        };
        await GuardAsync($"The checkpoint {id} of {from} cannot be copied to {to}", async () =>
        {
            await StoreAsync(copy, part => KeepStoredAsync(copy, part, cancellationToken), cancellationToken);
            return copy;
        });
        return copy;
    }

    /// <summary>Reads and verifies a manifest.</summary>
    /// <exception cref="CheckpointRefusedException">There is none, or it is not to be believed.</exception>
    public Task<CheckpointManifest> ReadAsync(SandboxKey key, string id, CancellationToken cancellationToken = default) =>
        GuardAsync($"The checkpoint {id} of {key} cannot be read", async () =>
        {
            var signed = CheckpointId.IsValid(id) ? await ReadSignedAsync(CheckpointNames.Manifest(key, id), cancellationToken) : null;
            return signed is null
                ? throw new CheckpointRefusedException(CheckpointRefusalKind.NotFound, $"There is no checkpoint {id} of {key}. List those that there are.")
                : Believe(signed.Value.Bytes, key, id);
        });

    /// <summary>Stores what <paramref name="keep"/> makes stay, and then the manifest.</summary>
    internal async Task StoreAsync(CheckpointManifest manifest, Func<CheckpointPart, Task> keep, CancellationToken cancellationToken)
    {
        var key = SandboxKey.Parse(manifest.Sandbox);
        try
        {
            await EachAsync(manifest.Kept, keep);
        }
        catch
        {
            // No write of the manifest is on its way yet, so nothing can refer to these parts by this checkpoint any more.
            await TidyAsync(() => _parts.ReleaseAsync(key.Owner, manifest.Kept.Select(part => part.Digest), key.Id, manifest.Id, CancellationToken.None), manifest);
            throw;
        }

        FaultPoints.Reach(FaultPoint.CheckpointPartsStored);
        var name = CheckpointNames.Manifest(key, manifest.Id);
        var options = BlobPutOptions.Create with { Metadata = CheckpointSummary.Write(manifest) };
        BlobProperties? written;
        try
        {
            written = await blobs.PutAsync(name, new MemoryStream(keys.Sign(manifest.ToJson())), options, cancellationToken);
        }
        catch (Exception exception) when (CheckpointStorageException.Explains(exception))
        {
            // It may have been written. If it was not, it may still be: then only the sweep can tell when it no longer can.
            written = await blobs.FindAsync(name, cancellationToken);
            if (written is null) throw;
        }

        if (written is null || CheckpointSweep.IsAbandoned(written))
        {
            throw new CheckpointRefusedException(
                CheckpointRefusalKind.Abandoned, $"Storing the checkpoint {manifest.Id} of {key} took too long, and it was taken for left behind. Make another.");
        }

        FaultPoints.Reach(FaultPoint.CheckpointStored);
    }

    private async Task KeepStoredAsync(CheckpointManifest manifest, CheckpointPart part, CancellationToken cancellationToken)
    {
        var key = SandboxKey.Parse(manifest.Sandbox);
        if (!await _parts.KeepStoredAsync(key.Owner, part, key.Id, manifest.Id, cancellationToken)) throw Missing(manifest, part);
    }

    private static FileStream OpenFile(string path) =>
        new(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });

    private static async Task<CheckpointPart[]> DescribeAsync(KeyValuePair<string, string>[] files, CancellationToken cancellationToken)
    {
        var parts = new CheckpointPart[files.Length];
        await EachAsync(Enumerable.Range(0, files.Length), async i => parts[i] = await DescribeAsync(files[i].Key, files[i].Value, cancellationToken));
        return parts;
    }

    /// <summary>A few at a time. After a failure no more are begun; all that were have come to their end when this does.</summary>
    private static Task EachAsync<T>(IEnumerable<T> items, Func<T, Task> work)
    {
        var left = new ConcurrentQueue<T>(items);
        return Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => WorkAsync()));

        async Task WorkAsync()
        {
            try
            {
                while (left.TryDequeue(out var item)) await work(item);
            }
            catch
            {
                left.Clear();
                throw;
            }
        }
    }

    private static async Task<CheckpointPart> DescribeAsync(string name, string path, CancellationToken cancellationToken)
    {
        await using var file = OpenFile(path);
        var hash = await SHA256.HashDataAsync(file, cancellationToken);
        return new CheckpointPart(name, file.Position, LayerDigest.OfHash(hash));
    }

    private static CheckpointRefusedException Missing(CheckpointManifest manifest, CheckpointPart part) => new(
        CheckpointRefusalKind.PartMissing,
        $"The part {part.Name} ({part.Digest}) of the checkpoint {manifest.Id} of {manifest.Sandbox} is not in the store. Use another checkpoint.");

    private static async Task<T> GuardAsync<T>(string what, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (CheckpointStorageException.Explains(exception))
        {
            throw CheckpointStorageException.Of(what, exception);
        }
    }

    private CheckpointManifest Manifest(CheckpointDraft draft, string id, IReadOnlyList<CheckpointPart> parts)
    {
        var size = parts.Sum(part => part.Size);
        return new CheckpointManifest
        {
            Version = CheckpointManifest.CurrentVersion,
            Sandbox = draft.Sandbox.ToString(),
            Id = id,
            Parent = draft.Parent,
            Created = time.GetUtcNow(),
            Label = draft.Label,
            Kind = draft.Kind,
            RunscVersion = draft.RunscVersion,
            Platform = draft.Platform,
            CpuFeatures = draft.CpuFeatures,
            Template = draft.Template,
            Layers = draft.Layers,
            Files = draft.Files,
            Agent = draft.Agent,
            MemoryBytes = draft.MemoryBytes,
            DiskBytes = draft.DiskBytes,
            Epoch = draft.Epoch,
            Timeline = draft.Timeline,
            Parts = parts,
            Size = size + (draft.Files?.Size ?? 0),
            UncompressedBytes = draft.UncompressedBytes ?? size,
        };
    }

    private async Task<(byte[] Bytes, string Generation)?> ReadSignedAsync(string name, CancellationToken cancellationToken)
    {
        await using var blob = await blobs.OpenAsync(name, cancellationToken: cancellationToken);
        if (blob is null || CheckpointSweep.IsAbandoned(blob.Properties)) return null;

        // What is larger was not written by this product, and the signature of its beginning says so.
        var bytes = new byte[Math.Min(blob.Properties.Size, LongestManifest)];
        await blob.Content.ReadExactlyAsync(bytes, cancellationToken);
        return (bytes, blob.Properties.Generation);
    }

    private CheckpointManifest Believe(byte[] signed, SandboxKey key, string id)
    {
        var name = $"{id} of {key}";
        var manifest = CheckpointManifest.Parse(keys.Verify(signed, name), name);
        return manifest.Sandbox == key.ToString() && manifest.Id == id
            ? manifest
            : throw new CheckpointRefusedException(
                CheckpointRefusalKind.Foreign, $"Under the name of the checkpoint {name} is that of {manifest.Id} of {manifest.Sandbox}. Use another checkpoint.");
    }

    private void KeepHere(string owner, CheckpointPart part, string path)
    {
        try
        {
            cache.Keep(owner, part, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is in the store, which is what counts.
            LogNotCached(exception, part.Digest);
        }
    }

    private async Task TidyAsync(Func<Task> work, CheckpointManifest manifest)
    {
        try
        {
            await work().WaitAsync(_tidying, time);
        }
        catch (Exception exception) when (CheckpointStorageException.Explains(exception))
        {
            LogLeft(exception, manifest.Id, manifest.Sandbox);
        }
    }

    [LoggerMessage(270, LogLevel.Warning, "Parts of the unfinished checkpoint {Checkpoint} of {Sandbox} are left to be swept")]
    private partial void LogLeft(Exception exception, string checkpoint, string sandbox);

    [LoggerMessage(272, LogLevel.Warning, "The part {Digest} could not be kept on this host and will be fetched when it is needed")]
    private partial void LogNotCached(Exception exception, LayerDigest digest);
}
