using System.Runtime.CompilerServices;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Holding;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Checkpoints;

/// <content>A sandbox's checkpoints as a tree: listing and deleting them.</content>
internal sealed partial class CheckpointStore
{
    /// <summary>A sandbox's checkpoints, oldest first, from the listing alone.</summary>
    public async IAsyncEnumerable<CheckpointSummary> ListAsync(SandboxKey key, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var prefix = CheckpointNames.Manifests(key);
        await foreach (var blob in blobs.ListAsync(prefix, cancellationToken: cancellationToken))
        {
            if (CheckpointSummary.Read(blob.Name[prefix.Length..], blob) is { } checkpoint) yield return checkpoint;
        }
    }

    /// <summary>Deletes a checkpoint, and those of its parts that no other has. Its children stay: each is whole by itself.</summary>
    /// <param name="key">The sandbox.</param>
    /// <param name="id">The checkpoint.</param>
    /// <param name="needed">Checkpoints that must stay: the current one above all.</param>
    /// <param name="cancellationToken">Ends the call. What was not removed is swept.</param>
    public async Task<CheckpointDeletion> DeleteAsync(
        SandboxKey key, string id, IReadOnlySet<string> needed, CancellationToken cancellationToken = default)
    {
        if (!CheckpointId.IsValid(id)) return CheckpointDeletion.NotFound;
        if (needed.Contains(id)) return CheckpointDeletion.Needed;
        return await GuardAsync($"The checkpoint {id} of {key} cannot be deleted", async () =>
        {
            var name = CheckpointNames.Manifest(key, id);
            if (await ReadSignedAsync(name, cancellationToken) is not var (signed, generation)) return CheckpointDeletion.NotFound;

            // First of all, so that no checkpoint is there whose parts are not.
            if (!await blobs.DeleteAsync(name, generation, cancellationToken)) return CheckpointDeletion.NotFound;
            FaultPoints.Reach(FaultPoint.CheckpointManifestDeleted);
            await _parts.ReleaseAsync(key.Owner, Digests(signed, key, id), key.Id, id, cancellationToken);
            return CheckpointDeletion.Deleted;
        });
    }

    /// <summary>Deletes what is beyond the newest so many; labelled and needed ones stay and do not count.</summary>
    /// <param name="key">The sandbox.</param>
    /// <param name="keep">How many to keep: 0 or more.</param>
    /// <param name="needed">Checkpoints that must stay: the current one above all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The ids of those that were deleted.</returns>
    public async Task<IReadOnlyList<string>> RetainAsync(
        SandboxKey key, int keep, IReadOnlySet<string> needed, CancellationToken cancellationToken = default)
    {
        var all = await GuardAsync($"The checkpoints of {key} cannot be listed", async () => await ListAsync(key, cancellationToken).ToListAsync(cancellationToken));
        var deleted = new List<string>();
        foreach (var id in CheckpointRetention.Superfluous(all, keep, needed))
        {
            if (await DeleteAsync(key, id, needed, cancellationToken) is CheckpointDeletion.Deleted) deleted.Add(id);
        }

        return deleted;
    }

    /// <summary>Deletes all checkpoints of a sandbox that is deleted itself. Forks have their own.</summary>
    public async Task DeleteAllAsync(SandboxKey key, CancellationToken cancellationToken = default) =>
        await GuardAsync($"The checkpoints of {key} cannot be deleted", async () =>
        {
            var prefix = CheckpointNames.Manifests(key);
            await foreach (var blob in blobs.ListAsync(prefix, cancellationToken: cancellationToken))
            {
                if (!CheckpointSweep.IsAbandoned(blob)) await DeleteAsync(key, blob.Name[prefix.Length..], new HashSet<string>(), cancellationToken);
            }

            return 0;
        });

    /// <summary>Deletes an owner's start states whose names begin so.</summary>
    public async Task DeleteStartsAsync(string owner, string name, CancellationToken cancellationToken = default) =>
        await GuardAsync($"The start states {owner}/{name} cannot be deleted", async () =>
        {
            var all = CheckpointNames.Manifests(owner);
            await foreach (var blob in blobs.ListAsync(CheckpointNames.Manifests(owner) + SandboxKey.OfStart(owner, name).Id, cancellationToken: cancellationToken))
            {
                if (blob.Name[all.Length..].Split('/') is [var start, var id] && !CheckpointSweep.IsAbandoned(blob))
                    await DeleteAsync(SandboxKey.Parse($"{owner}/{start}"), id, new HashSet<string>(), cancellationToken);
            }

            return 0;
        });

    /// <summary>The parts of a manifest that goes. Of one that cannot be read none are known; the sweep finds them.</summary>
    private IEnumerable<LayerDigest> Digests(byte[] signed, SandboxKey key, string id)
    {
        try
        {
            return Believe(signed, key, id).Kept.Select(part => part.Digest);
        }
        catch (CheckpointRefusedException)
        {
            return [];
        }
    }
}
