using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Snapshots;

namespace Sandbox.Silo.Sandboxes;

// As a snapshot.
internal sealed partial class LiveSandbox
{
    /// <inheritdoc/>
    public async Task<Outcome<TakenSnapshot>> SnapshotAsync(string name, SnapshotOptions options, CancellationToken cancellationToken)
    {
        if (Refuse() is { } refusal) return Refusal.Answer<TakenSnapshot>(refusal);
        try
        {
            var stack = _snapshots.StackOf(_sandbox.Root);
            if (!_snapshots.HasRoomOver(_sandbox.Root))
                return Refusal.Answer<TakenSnapshot>(Refusal.Limit($"A sandbox has {SandboxRoots.MostLayers} layers at most, and this one stands on so many. Export it, and import what you need."));
            await using var layer = _snapshots.NewLayer();
            var records = new WalkRecords();
            if (await WalkAsync(layer, records, cancellationToken) is { } failure) return Refusal.Answer<TakenSnapshot>(failure);
            var added = await _snapshots.AddAsync(name, options, _spec.Snapshot, stack, layer, cancellationToken);
            return added.Succeeded
                ? Refusal.Answer(new TakenSnapshot { Snapshot = added.Value.Describe(), Changed = [.. records.Changed], LeftOut = [.. records.LeftOut] })
                : Refusal.Answer<TakenSnapshot>(added.Error);
        }
        catch (LinkException)
        {
            return Refusal.Answer<TakenSnapshot>(Refusal.Gone(await Ended));
        }
        catch (LayerException e)
        {
            return Refusal.Answer<TakenSnapshot>(Refusal.Limit($"The sandbox's files are no layer: {e.Message}"));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return Refusal.Answer<TakenSnapshot>(Refusal.Unavailable($"The snapshot could not be made, and the sandbox goes on: {e.Message}"));
        }
    }

    /// <summary>Has the guest send what was written over its layers.</summary>
    /// <param name="layer">Takes it.</param>
    /// <param name="records">Takes what is said beside it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why it is not whole, or null.</returns>
    /// <exception cref="LayerException">It is no layer.</exception>
    /// <exception cref="LinkException">The sandbox has ended.</exception>
    private async Task<SandboxError?> WalkAsync(LayerIntake layer, WalkRecords records, CancellationToken cancellationToken)
    {
        using var work = _sandbox.Link.StartWork(new WorkRequest(WorkKind.Layer, ReadOnlyMemory<byte>.Empty));
        if (work is null) return Refusal.Unavailable("The sandbox has too much work on its files going on. Try again.");
        await foreach (var bytes in work.ReadAsync(cancellationToken))
        {
            foreach (var tar in records.Take(bytes)) await layer.WriteAsync(tar, cancellationToken);
        }

        var end = await work.Done;
        return end.Error != 0 || end.Killed || !records.IsWhole
            ? Refusal.Unavailable($"The sandbox's files could not be walked (error {end.Error}{(end.Killed ? ", killed" : "")}); it goes on.")
            : null;
    }
}
