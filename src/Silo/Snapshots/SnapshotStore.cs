using System.Runtime.CompilerServices;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Sandboxes.Lists;
using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Snapshots;

/// <summary>
/// The snapshots of owners: a record each, written by conditional writes, and the layers that it names, each stored once for an owner by its digest and
/// kept by references as the parts of checkpoints are (<see cref="PartStore"/>). The record is written after its references and removed before them, so a
/// snapshot exists wholly or not at all; what a crash leaves is swept. Any number of hosts may use one store at once.
/// </summary>
internal sealed class SnapshotStore(IBlobStore blobs, TimeProvider time, CheckpointOptions options)
{
    private const int MostListed = 1_000;
    private const int MostLookedAt = 10_000;
    private const int MostNamed = 5;

    private readonly PartStore _parts = new(blobs);

    /// <summary>A snapshot with the generation of its record, or null.</summary>
    public async Task<(SnapshotRecord Record, string Generation)?> FindAsync(string owner, string name, CancellationToken cancellationToken)
    {
        await using var blob = await blobs.OpenAsync(NameOf(owner, name), cancellationToken: cancellationToken);
        return blob is null ? null : (await SnapshotRecord.ReadAsync(blob.Content, cancellationToken), blob.Properties.Generation);
    }

    /// <summary>The snapshot that a sandbox was started from and that it stands on, whatever it is called by now; null when there is none any more.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="name">What the snapshot was called then.</param>
    /// <param name="stack">What the sandbox stands on, and so all that the snapshot is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<SnapshotRecord?> FindUnderAsync(SandboxKey sandbox, string name, IReadOnlyList<LayerDescriptor> stack, CancellationToken cancellationToken)
    {
        if (OwnLayers(stack).LastOrDefault() is not { } top) return null;
        var own = await HoldersAsync(sandbox.Owner, top, LayerHolder.OfSandbox(sandbox.Id, "").Name + '.', cancellationToken).FirstOrDefaultAsync(cancellationToken);
        var snapshots = await HoldersAsync(sandbox.Owner, top, LayerHolder.Snapshots, cancellationToken).ToListAsync(cancellationToken);

        // A fork was started from none itself, but stands on what its original was started from.
        foreach (var snapshot in snapshots.OrderBy(one => one.Id != own?.Id).ThenBy(one => one.Name != LayerHolder.OfSnapshot(name, one.Id).Name))
        {
            if (await FindAsync(sandbox.Owner, snapshot.Name[LayerHolder.Snapshots.Length..], cancellationToken) is var (record, _) && record.Layers.SequenceEqual(stack)) return record;
        }

        return null;
    }

    /// <summary>Stores a snapshot.</summary>
    /// <param name="draft">What it is to be.</param>
    /// <param name="made">Opens those of its layers that may not be in the store yet.</param>
    /// <param name="verify">Called when its layers are in the store and it is not there yet; what it throws prevents it. Null: nothing is to be verified.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Outcome<SnapshotRecord>> AddAsync(
        SnapshotDraft draft, IReadOnlyDictionary<LayerDigest, Func<Stream>> made, Func<Task>? verify, CancellationToken cancellationToken)
    {
        var before = await FindAsync(draft.Owner, draft.Name, cancellationToken);
        if (before is not null && !draft.Options.Overwrite) return Taken(draft.Name);
        if (before is not null && (before.Value.Record.Template is null) != (draft.Template is null)) return OfOtherKind(before.Value.Record);
        var record = new SnapshotRecord(
            draft.Name, CheckpointId.New(time.GetUtcNow(), before?.Record.Id), time.GetUtcNow(), draft.Layers, draft.Parent?.Name, draft.Parent?.Id, draft.Options.Labels, draft.Template);
        if (await WriteAsync(draft.Owner, record, before?.Generation, made, verify, cancellationToken) is { } refused) return refused;
        if (before is not null) await ReleaseAsync(draft.Owner, before.Value.Record);
        return Refusal.Answer(record);
    }

    /// <summary>Keeps the layers of a snapshot for a sandbox that is started from it, for as long as there is one of that id.</summary>
    /// <returns>Whether they are all there.</returns>
    public async Task<bool> KeepForAsync(SandboxKey sandbox, SnapshotRecord snapshot, CancellationToken cancellationToken)
    {
        var holder = LayerHolder.OfSandbox(sandbox.Id, snapshot.Id);
        var kept = await Task.WhenAll(OwnLayers(snapshot.Layers).Select(layer => _parts.KeepStoredAsync(sandbox.Owner, Part(layer), holder.Name, holder.Id, cancellationToken)));
        return kept.All(one => one);
    }

    /// <summary>Gives a snapshot other labels.</summary>
    public async Task<Outcome<SnapshotRecord>> LabelAsync(string owner, string name, Dictionary<string, string> labels, CancellationToken cancellationToken)
    {
        if (await FindAsync(owner, name, cancellationToken) is not var (record, generation)) return Missing<SnapshotRecord>(name);
        record = record with { Labels = labels };
        var condition = BlobPutOptions.Replace(generation) with { Metadata = record.ToMetadata() };
        return await blobs.PutAsync(NameOf(owner, name), new MemoryStream(record.ToJson()), condition, cancellationToken) is null
            ? Changed(name)
            : Refusal.Answer(record);
    }

    /// <summary>
    /// Gives a snapshot another name that is free; what stands on it goes on standing on it. It is under the new name before it is no more under the old one: who dies between leaves both.
    /// </summary>
    public async Task<Outcome<SnapshotRecord>> RenameAsync(string owner, string name, string to, CancellationToken cancellationToken)
    {
        if (await FindAsync(owner, name, cancellationToken) is not var (record, generation)) return Missing<SnapshotRecord>(name);
        if (await FindAsync(owner, to, cancellationToken) is not null)
            return Refusal.Answer<SnapshotRecord>(Refusal.Conflict($"There is a snapshot '{to}' already. Choose another name, or delete it first."));
        var renamed = record with { Name = to };
        if (await WriteAsync(owner, renamed, replaced: null, new Dictionary<LayerDigest, Func<Stream>>(), verify: null, cancellationToken) is { } refused) return refused;
        if (!await blobs.DeleteAsync(NameOf(owner, name), generation, CancellationToken.None))
        {
            if (await FindAsync(owner, to, CancellationToken.None) is var (mine, written) && mine.Id == record.Id && await blobs.DeleteAsync(NameOf(owner, to), written, CancellationToken.None))
                await ReleaseAsync(owner, renamed);
            return Changed(name);
        }

        await ReleaseAsync(owner, record);
        foreach (var child in await ChildrenAsync(owner, record.Id, CancellationToken.None)) await NameParentAsync(owner, child, renamed);
        return Refusal.Answer(renamed);
    }

    /// <summary>Deletes a snapshot, and with <paramref name="cascade"/> first those that stand on it. Sandboxes keep the layers that they stand on.</summary>
    public async Task<Outcome<SnapshotRecord>> DeleteAsync(string owner, string name, bool cascade, CancellationToken cancellationToken)
    {
        if (await FindAsync(owner, name, cancellationToken) is not var (record, generation)) return Missing<SnapshotRecord>(name);
        var children = await ChildrenAsync(owner, record.Id, cancellationToken);
        if (!cascade && await DependentsAsync(owner, record, children, cancellationToken) is { Count: > 0 } dependents)
        {
            return Refusal.Answer<SnapshotRecord>(Refusal.Conflict(
                $"On the snapshot '{name}' depend {string.Join(", ", dependents.Take(MostNamed))}{(dependents.Count > MostNamed ? " and others" : "")}. Delete those first, or with cascade."));
        }

        foreach (var child in children)
        {
            var deleted = await DeleteAsync(owner, child, cascade: true, cancellationToken);
            if (deleted.Error is { Code: not SandboxErrorCode.NotFound }) return deleted;
        }

        if (!await blobs.DeleteAsync(NameOf(owner, name), generation, cancellationToken)) return Changed(name);
        await ReleaseAsync(owner, record);
        return Refusal.Answer(record);
    }

    /// <summary>A page of an owner's snapshots, from the listing alone.</summary>
    public async Task<SnapshotPage> ListAsync(
        string owner, string? after, int limit, Dictionary<string, string> labels, CancellationToken cancellationToken, bool templatesOnly = false)
    {
        var prefix = SnapshotRecord.Prefix(owner);
        var found = new List<SnapshotDescription>();
        var looked = 0;
        string? last = null;
        await foreach (var blob in blobs.ListAsync(prefix, string.IsNullOrEmpty(after) ? null : prefix + after, cancellationToken))
        {
            if (found.Count == Math.Clamp(limit, 1, MostListed) || looked++ == MostLookedAt) return new SnapshotPage { Snapshots = [.. found], Next = last };
            last = blob.Name[prefix.Length..];
            if (SnapshotRecord.ReadListed(last, blob.Metadata) is var (snapshot, _, _) && (snapshot.IsTemplate || !templatesOnly)
                && labels.All(label => snapshot.Labels.GetValueOrDefault(label.Key) == label.Value)) found.Add(snapshot);
        }

        return new SnapshotPage { Snapshots = [.. found] };
    }

    /// <summary>An owner's template of a recipe's hash, under whatever name; null when there is none.</summary>
    public async Task<SnapshotRecord?> FindTemplateAsync(string owner, string recipeHash, CancellationToken cancellationToken)
    {
        var prefix = SnapshotRecord.Prefix(owner);
        var looked = 0;
        await foreach (var blob in blobs.ListAsync(prefix, cancellationToken: cancellationToken))
        {
            if (looked++ == MostLookedAt) break;
            if (blob.Metadata.GetValueOrDefault(SnapshotRecord.Recipe) == recipeHash
                && await FindAsync(owner, blob.Name[prefix.Length..], cancellationToken) is var (record, _) && record.Template?.RecipeHash == recipeHash) return record;
        }

        return null;
    }

    /// <summary>The answer where there is no such snapshot.</summary>
    public static Outcome<T> Missing<T>(string name)
        where T : class =>
        Refusal.Answer<T>(new SandboxError { Code = SandboxErrorCode.NotFound, Message = $"There is no snapshot '{name}'." });

    /// <summary>The layers that belong to an owner, each once.</summary>
    internal static IEnumerable<LayerDescriptor> OwnLayers(IReadOnlyList<LayerDescriptor> layers) =>
        layers.Where(layer => layer.Owner is not null).DistinctBy(layer => layer.Digest);

    /// <summary>A layer as what checkpoints and snapshots keep.</summary>
    internal static CheckpointPart Part(LayerDescriptor layer) => new(layer.Digest.Hex, layer.Size, layer.Digest);

    /// <summary>Writes the record of a snapshot, its layers first.</summary>
    /// <param name="owner">Whose it is.</param>
    /// <param name="record">The record.</param>
    /// <param name="replaced">The generation of the record that it replaces; null: there is to be none.</param>
    /// <param name="made">As for <see cref="AddAsync"/>.</param>
    /// <param name="verify">The same.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why it is not written, and nothing is left of it; or null.</returns>
    private async Task<Outcome<SnapshotRecord>?> WriteAsync(
        string owner, SnapshotRecord record, string? replaced, IReadOnlyDictionary<LayerDigest, Func<Stream>> made, Func<Task>? verify, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        if (await KeepAsync(owner, record, made, verify, cancellationToken) is { } refused) return refused;

        // Beyond that age the sweep takes references without a record for left behind.
        var late = time.GetElapsedTime(begun) > options.UnfinishedAge / 2;
        var condition = replaced is null ? BlobPutOptions.Create : BlobPutOptions.Replace(replaced);
        if (!late && await blobs.PutAsync(
            NameOf(owner, record.Name), new MemoryStream(record.ToJson()), condition with { Metadata = record.ToMetadata() }, cancellationToken) is not null) return null;
        await ReleaseAsync(owner, record);
        return late ? Refusal.Answer<SnapshotRecord>(Refusal.Unavailable("Storing the snapshot took too long. Try again.")) : Taken(record.Name);
    }

    /// <summary>Has a snapshot say how the one is called now that it was made from.</summary>
    private async Task NameParentAsync(string owner, string child, SnapshotRecord parent)
    {
        while (await FindAsync(owner, child, CancellationToken.None) is var (record, generation) && record.ParentId == parent.Id && record.Parent != parent.Name)
        {
            record = record with { Parent = parent.Name };
            var condition = BlobPutOptions.Replace(generation) with { Metadata = record.ToMetadata() };
            if (await blobs.PutAsync(NameOf(owner, child), new MemoryStream(record.ToJson()), condition, CancellationToken.None) is not null) return;
        }
    }

    /// <summary>Keeps the layers of a snapshot to be; none of them when it is refused.</summary>
    private async Task<Outcome<SnapshotRecord>?> KeepAsync(
        string owner, SnapshotRecord record, IReadOnlyDictionary<LayerDigest, Func<Stream>> made, Func<Task>? verify, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var layer in OwnLayers(record.Layers))
            {
                if (made.TryGetValue(layer.Digest, out var open))
                {
                    await _parts.KeepAsync(owner, Part(layer), record.Holder.Name, record.Id, open, cancellationToken);
                }
                else if (!await _parts.KeepStoredAsync(owner, Part(layer), record.Holder.Name, record.Id, cancellationToken))
                {
                    await ReleaseAsync(owner, record);
                    return LayerGone(layer);
                }
            }

            if (verify is not null) await verify();
            return null;
        }
        catch
        {
            await ReleaseAsync(owner, record);
            throw;
        }
    }

    private static string NameOf(string owner, string name) => BlobName.Check(SnapshotRecord.Prefix(owner) + name);

    private static Outcome<SnapshotRecord> Taken(string name) =>
        Refusal.Answer<SnapshotRecord>(Refusal.Conflict($"There is a snapshot '{name}' already. Choose another name, or ask to overwrite it."));

    private static Outcome<SnapshotRecord> Changed(string name) =>
        Refusal.Answer<SnapshotRecord>(Refusal.Conflict($"The snapshot '{name}' was changed at the same time. Try again."));

    private static Outcome<SnapshotRecord> OfOtherKind(SnapshotRecord there) => Refusal.Answer<SnapshotRecord>(Refusal.Conflict(
        $"'{there.Name}' is {(there.Template is null ? "a snapshot" : "a template")} already, which nothing else replaces. Choose another name, or remove it first."));

    private static Outcome<SnapshotRecord> LayerGone(LayerDescriptor layer) => Refusal.Answer<SnapshotRecord>(
        Refusal.Conflict($"The layer {layer.DiffId} that it stands on is not in the store any more: its snapshot was deleted meanwhile."));

    private Task ReleaseAsync(string owner, SnapshotRecord record) => _parts.ReleaseAsync(
        owner, OwnLayers(record.Layers).Select(layer => layer.Digest), record.Holder.Name, record.Id, CancellationToken.None);

    private async Task<List<string>> ChildrenAsync(string owner, string id, CancellationToken cancellationToken)
    {
        var prefix = SnapshotRecord.Prefix(owner);
        var children = new List<string>();
        await foreach (var blob in blobs.ListAsync(prefix, cancellationToken: cancellationToken))
        {
            var name = blob.Name[prefix.Length..];
            if (SnapshotRecord.ReadListed(name, blob.Metadata) is var (_, _, parent) && parent == id) children.Add(name);
        }

        return children;
    }

    /// <summary>What stands on a snapshot, for a person: others, and sandboxes.</summary>
    private async Task<List<string>> DependentsAsync(string owner, SnapshotRecord record, List<string> children, CancellationToken cancellationToken)
    {
        List<string> dependents = [.. children.Select(child => $"the snapshot '{child}'")];
        if (OwnLayers(record.Layers).LastOrDefault() is not { } top) return dependents;
        var sandboxes = new SandboxRecords(blobs);
        await foreach (var holder in HoldersAsync(owner, top, LayerHolder.Sandboxes, cancellationToken))
        {
            if (holder.Id == record.Id && LayerHolder.SandboxOf(holder.Name) is { } sandbox
                && await sandboxes.ExistsAsync(new SandboxKey(owner, sandbox), cancellationToken)) dependents.Add($"the sandbox '{sandbox}'");
        }

        return dependents;
    }

    /// <summary>What keeps a layer in the store, as far as its name begins so.</summary>
    private async IAsyncEnumerable<LayerHolder> HoldersAsync(
        string owner, LayerDescriptor layer, string beginning, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = CheckpointNames.References(owner, layer.Digest);
        await foreach (var reference in blobs.ListAsync(prefix + beginning, cancellationToken: cancellationToken))
        {
            if (reference.Name[prefix.Length..].Split('.') is [var name, var id]) yield return new LayerHolder(name, id);
        }
    }
}
