using Sandbox.Grains.Storage;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Checkpoints;

/// <summary>
/// The parts of an owner's checkpoints, each stored once under its digest, with a reference for each checkpoint that has it.
/// </summary>
/// <remarks>
/// <para>
/// Parts are shared, so who saves a checkpoint may find a part that somebody else is about to delete. There are no locks, only conditional
/// writes and consistent listings. The protocol:
/// </para>
/// <list type="bullet">
/// <item>A saver, who may have sent the part before, (1) writes its reference, (2) looks for a condemnation, (3) looks for the part. If there is a condemnation it writes the part
/// anew, which gives it another generation; if there is no part it writes it; else it has it.</item>
/// <item>A deleter (1) notes the part's generation, (2) creates the condemnation, (3) lists the references, (4) if there are none deletes that
/// generation, (5) removes its own condemnation. Should it fail in between, the condemnation stays.</item>
/// <item>A sweeper takes over a condemnation that was left. It removes it only after the generation that its maker may have noted is gone: it
/// deletes the part, or if that has references writes it anew.</item>
/// </list>
/// <para>
/// Why a part that a saver has is not deleted under it. A deleter that listed after the saver's reference was written sees it and deletes
/// nothing. One that listed before had made its condemnation before that. Either the saver saw the condemnation (2), and wrote the part anew:
/// the noted generation is gone. Or it was removed before (2): by its maker, whose deletion then was over before (3); or by a sweeper, after
/// the noted generation was gone. In each case a part that the saver saw in (3), or wrote, is none that a deleter can still delete. That
/// the generation is noted before the condemnation is made matters: a deleter that stood still in between notes nothing that a sweeper missed.
/// </para>
/// <para>
/// References outlive no checkpoint by a rule of their own: they are written before the manifest and removed after it, and
/// <see cref="CheckpointSweep"/> removes those whose manifest is not there and can no longer come.
/// </para>
/// </remarks>
internal sealed class PartStore(IBlobStore blobs)
{
    /// <summary>Makes a part stay for a checkpoint, and sends it unless it is there already.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="part">The part.</param>
    /// <param name="sandbox">The sandbox of the checkpoint that has the part.</param>
    /// <param name="id">The checkpoint, whose manifest is not written yet.</param>
    /// <param name="open">Opens its content.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task KeepAsync(string owner, CheckpointPart part, string sandbox, string id, Func<Stream> open, CancellationToken cancellationToken)
    {
        var name = CheckpointNames.Part(owner, part.Digest);
        // Both wait for the disk, and who sends a part before its reference is written is to the protocol somebody else who had it.
        await Task.WhenAll(ReferAsync(owner, part.Digest, sandbox, id, cancellationToken), SendNewAsync());
        var condemned = await IsCondemnedAsync(owner, part.Digest, cancellationToken);
        var there = await blobs.FindAsync(name, cancellationToken);
        if (!condemned && there?.Size == part.Size) return;

        // One of another size is damaged, and this mends it.
        await SendAsync(condemned || there is not null ? BlobPutOptions.Overwrite : BlobPutOptions.Create);

        async Task SendNewAsync()
        {
            if (await blobs.FindAsync(name, cancellationToken) is null) await SendAsync(BlobPutOptions.Create);
        }

        async Task SendAsync(BlobPutOptions options)
        {
            await using var content = new PartStream(open(), part, what => new IOException($"The file of the part {part.Name} changed while it was stored: {what}."));
            await blobs.PutAsync(name, content, options, cancellationToken);
        }
    }

    /// <summary>Makes a part that another checkpoint has stay for this one too. No byte of it is sent, but for one that is condemned.</summary>
    /// <returns>False when it is not there. The reference is then still to be removed.</returns>
    public async Task<bool> KeepStoredAsync(string owner, CheckpointPart part, string sandbox, string id, CancellationToken cancellationToken)
    {
        await ReferAsync(owner, part.Digest, sandbox, id, cancellationToken);
        return await IsCondemnedAsync(owner, part.Digest, cancellationToken)
            ? await WriteAnewAsync(owner, part.Digest, cancellationToken)
            : await blobs.FindAsync(CheckpointNames.Part(owner, part.Digest), cancellationToken) is not null;
    }

    /// <summary>Opens a part, whose stream fails at its end if it is not what it should be; null when it is not there.</summary>
    public async Task<PartStream?> OpenAsync(string owner, CheckpointPart part, Func<string, Exception> wrong, CancellationToken cancellationToken) =>
        await blobs.OpenAsync(CheckpointNames.Part(owner, part.Digest), cancellationToken: cancellationToken) is { } blob
            ? new PartStream(blob.Content, part, wrong)
            : null;

    /// <summary>Removes a checkpoint's references, whose manifest does not exist and never will, and the parts that nothing else has.</summary>
    public async Task ReleaseAsync(string owner, IEnumerable<LayerDigest> digests, string sandbox, string id, CancellationToken cancellationToken)
    {
        foreach (var some in digests.Distinct().Chunk(CheckpointStore.AtOnce))
        {
            await Task.WhenAll(some.Select(async digest =>
            {
                await blobs.DeleteAsync(CheckpointNames.Reference(owner, digest, sandbox, id), cancellationToken: cancellationToken);
                await CollectAsync(owner, digest, cancellationToken);
            }));
        }
    }

    /// <summary>Deletes a part if no checkpoint has it.</summary>
    public async Task CollectAsync(string owner, LayerDigest digest, CancellationToken cancellationToken)
    {
        if (await IsReferredToAsync(owner, digest, cancellationToken)) return;
        var name = CheckpointNames.Part(owner, digest);
        var condemned = CheckpointNames.Condemned(owner, digest);
        if (await blobs.FindAsync(name, cancellationToken) is not { } part) return;

        // Another deleter is at it, or left it to the sweeper.
        if (await blobs.PutAsync(condemned, Stream.Null, BlobPutOptions.Create, cancellationToken) is not { } condemnation) return;
        if (!await IsReferredToAsync(owner, digest, cancellationToken)) await blobs.DeleteAsync(name, part.Generation, cancellationToken);

        // Not in a finally: after a failure the deletion may still be on its way.
        await blobs.DeleteAsync(condemned, condemnation.Generation, cancellationToken);
    }

    /// <summary>Ends what a deleter left unfinished.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="digest">The part.</param>
    /// <param name="left">The condemnation that it left.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task TakeOverAsync(string owner, LayerDigest digest, BlobProperties left, CancellationToken cancellationToken)
    {
        var name = CheckpointNames.Part(owner, digest);
        var part = await blobs.FindAsync(name, cancellationToken);
        if (await blobs.PutAsync(left.Name, Stream.Null, BlobPutOptions.Replace(left.Generation), cancellationToken) is not { } condemnation) return;
        if (part is not null)
        {
            if (await IsReferredToAsync(owner, digest, cancellationToken)) await WriteAnewAsync(owner, digest, cancellationToken);
            else await blobs.DeleteAsync(name, part.Generation, cancellationToken);
        }

        await blobs.DeleteAsync(left.Name, condemnation.Generation, cancellationToken);
    }

    private async Task ReferAsync(string owner, LayerDigest digest, string sandbox, string id, CancellationToken cancellationToken) =>
        await blobs.PutAsync(CheckpointNames.Reference(owner, digest, sandbox, id), Stream.Null, BlobPutOptions.Create, cancellationToken);

    private async Task<bool> IsCondemnedAsync(string owner, LayerDigest digest, CancellationToken cancellationToken) =>
        await blobs.FindAsync(CheckpointNames.Condemned(owner, digest), cancellationToken) is not null;

    private async Task<bool> IsReferredToAsync(string owner, LayerDigest digest, CancellationToken cancellationToken)
    {
        await foreach (var _ in blobs.ListAsync(CheckpointNames.References(owner, digest), cancellationToken: cancellationToken)) return true;
        return false;
    }

    /// <summary>Gives a part another generation.</summary>
    /// <returns>False when it is not there.</returns>
    private async Task<bool> WriteAnewAsync(string owner, LayerDigest digest, CancellationToken cancellationToken)
    {
        var name = CheckpointNames.Part(owner, digest);
        while (await blobs.OpenAsync(name, cancellationToken: cancellationToken) is { } blob)
        {
            var part = new CheckpointPart(name, blob.Properties.Size, digest);
            await using var content = new PartStream(blob.Content, part, what => new InvalidDataException($"The part {name} is damaged: {what}."));
            if (await blobs.PutAsync(name, content, BlobPutOptions.Replace(blob.Properties.Generation), cancellationToken) is not null) return true;
        }

        return false;
    }
}
