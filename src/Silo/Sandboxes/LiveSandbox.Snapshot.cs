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
            var walked = await LayerWalk.RunAsync(_sandbox.Link, layer, cancellationToken);
            if (!walked.Succeeded) return Refusal.Answer<TakenSnapshot>(walked.Error);
            var records = walked.Value;
            var added = await _snapshots.AddAsync(name, options, _spec.Snapshot ?? _spec.Template, stack, layer, cancellationToken);
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
}
