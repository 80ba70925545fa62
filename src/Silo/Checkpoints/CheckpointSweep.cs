using Microsoft.Extensions.Options;
using Sandbox.Grains.Sandboxes.Lists;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Snapshots;

namespace Sandbox.Silo.Checkpoints;

/// <summary>
/// Removes what saves and deletions left that ended in the middle. Safe beside everything else and beside itself; ages only keep it from
/// disturbing what is still at work.
/// </summary>
/// <remarks>
/// A reference whose manifest is not there belongs to a save that is not finished, or to a deletion that is not. Before such a reference goes, a
/// mark is put in the manifest's place, only if nothing is there: from then on a save that was merely slow cannot write it. The references of snapshots, and
/// of sandboxes that stand on them (<see cref="LayerHolder"/>), need no mark: who stores a snapshot gives up by itself long before that age.
/// </remarks>
internal sealed partial class CheckpointSweep(IBlobStore blobs, IOptions<CheckpointOptions> options, TimeProvider time, ILogger<CheckpointSweep> logger)
{
    private const string Mark = "abandoned";

    // A process that stood still for longer in the middle of a save finds its epoch long gone as well.
    private static readonly TimeSpan _markAge = TimeSpan.FromDays(30);
    private readonly PartStore _parts = new(blobs);

    /// <summary>Whether a blob in a manifest's place says that the checkpoint was given up.</summary>
    public static bool IsAbandoned(BlobProperties manifest) => manifest.Metadata.ContainsKey(Mark);

    /// <summary>Sweeps what belongs to an owner, from listings alone.</summary>
    /// <returns>How many left-over references, condemnations and parts were looked after.</returns>
    public async Task<int> RunAsync(string owner, CancellationToken cancellationToken = default)
    {
        var swept = 0;
        var now = time.GetUtcNow();
        await foreach (var left in blobs.ListAsync(CheckpointNames.Condemnations(owner), cancellationToken: cancellationToken))
        {
            if (now - left.Time < options.Value.UnfinishedAge || CheckpointNames.Digest(LastOf(left.Name)) is not { } digest) continue;
            swept += await TryAsync(left.Name, () => _parts.TakeOverAsync(owner, digest, left, cancellationToken));
        }

        var finished = await FinishedAsync(owner, now, cancellationToken);
        HashSet<LayerDigest> used = [];
        HashSet<LayerDigest> freed = [];
        await foreach (var reference in blobs.ListAsync(CheckpointNames.References(owner), cancellationToken: cancellationToken))
        {
            if (Read(owner, reference) is not var (digest, checkpoint)) continue;
            if (finished.Contains(checkpoint) || (LayerHolder.SandboxOf(checkpoint) is { } ofSandbox && finished.Contains(ofSandbox.Split('/')[0])) || now - reference.Time < options.Value.UnfinishedAge || !await GiveUpAsync(owner, checkpoint, cancellationToken))
            {
                used.Add(digest);
                continue;
            }

            freed.Add(digest);
            swept += await TryAsync(reference.Name, () => blobs.DeleteAsync(reference.Name, reference.Generation, cancellationToken));
        }

        await foreach (var part in blobs.ListAsync(CheckpointNames.Parts(owner), cancellationToken: cancellationToken))
        {
            if (CheckpointNames.Digest(LastOf(part.Name)) is { } digest && !used.Contains(digest)) freed.Add(digest);
        }

        foreach (var digest in freed.Except(used)) swept += await TryAsync(digest.ToString(), () => _parts.CollectAsync(owner, digest, cancellationToken));
        return swept;
    }

    private static string LastOf(string name) => name[(name.LastIndexOf('/') + 1)..];

    /// <summary>A reference's part, and the rest of its checkpoint's manifest's name.</summary>
    private static (LayerDigest Digest, string Checkpoint)? Read(string owner, BlobProperties reference) =>
        reference.Name[CheckpointNames.References(owner).Length..].Split('/') is [var part, var checkpoint]
        && CheckpointNames.Digest(part) is { } digest && checkpoint.Split('.') is [var sandbox, var id] && CheckpointId.IsValid(id)
            ? (digest, $"{sandbox}/{id}")
            : null;

    /// <summary>The checkpoints that are there, by the ends of their names; the snapshots, by their holders; the ids of sandboxes. Marks that are old enough go.</summary>
    private async Task<HashSet<string>> FinishedAsync(string owner, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var prefix = CheckpointNames.Manifests(owner);
        HashSet<string> finished = new(StringComparer.Ordinal);
        await foreach (var manifest in blobs.ListAsync(prefix, cancellationToken: cancellationToken))
        {
            if (!IsAbandoned(manifest)) finished.Add(manifest.Name[prefix.Length..]);
            else if (now - manifest.Time > _markAge) await blobs.DeleteAsync(manifest.Name, manifest.Generation, cancellationToken);
        }

        var snapshots = SnapshotRecord.Prefix(owner);
        await foreach (var blob in blobs.ListAsync(snapshots, cancellationToken: cancellationToken))
        {
            if (SnapshotRecord.ReadListed(blob.Name[snapshots.Length..], blob.Metadata) is var (snapshot, id, _)) finished.Add($"{LayerHolder.OfSnapshot(snapshot.Name, id).Name}/{id}");
        }

        await foreach (var sandbox in new SandboxRecords(blobs).IdsAsync(owner, cancellationToken)) finished.Add(sandbox);
        return finished;
    }

    /// <returns>Whether the checkpoint does not exist and never will.</returns>
    private async Task<bool> GiveUpAsync(string owner, string checkpoint, CancellationToken cancellationToken)
    {
        if (LayerHolder.IsName(checkpoint)) return true;
        var name = CheckpointNames.Manifests(owner) + checkpoint;
        var mark = BlobPutOptions.Create with { Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [Mark] = "1" } };
        return await blobs.PutAsync(name, Stream.Null, mark, cancellationToken) is not null
            || (await blobs.FindAsync(name, cancellationToken) is { } there && IsAbandoned(there));
    }

    private async Task<int> TryAsync(string name, Func<Task> work)
    {
        try
        {
            await work();
            return 1;
        }
        catch (Exception exception) when (CheckpointStorageException.Explains(exception))
        {
            // One that cannot be mended must not keep the others from being swept.
            LogFailed(exception, name);
            return 0;
        }
    }

    [LoggerMessage(271, LogLevel.Warning, "{Name} could not be swept; it is tried again with the next sweep")]
    private partial void LogFailed(Exception exception, string name);
}
