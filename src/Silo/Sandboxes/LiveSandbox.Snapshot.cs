using Sandbox.Grains.Faults;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;
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
            await using var layer = await _snapshots.NewLayerAsync(stack, cancellationToken);
            var walked = options.Consistent ? await WalkCopyAsync(layer, cancellationToken) : await LayerWalk.RunAsync(_sandbox.Link, layer, cancellationToken);
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
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or ContainerCheckpointException)
        {
            return Refusal.Answer<TakenSnapshot>(Refusal.Unavailable($"The snapshot could not be made, and the sandbox goes on: {e.Message}"));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Refusal.Answer<TakenSnapshot>(Restless());
        }
    }

    /// <summary>Takes a checkpoint that nobody keeps, and walks a copy in which nothing runs, so that no file changes meanwhile.</summary>
    private async Task<Outcome<WalkRecords>> WalkCopyAsync(LayerIntake layer, CancellationToken cancellationToken)
    {
        using var files = _checkpointing.NewDirectory();
        var rental = await _snapshots.CopyAsync(_sandbox, Path.Combine(files.Directory, SandboxImage.Memory), CheckpointLinkAsync, cancellationToken);
        if (rental is not Rental<StartedSandbox>.Granted { Sandbox: var copy })
            return Refusal.Answer<WalkRecords>(Refusal.NoSandbox(((Rental<StartedSandbox>.Refused)rental).Refusal));
        // Only who holds the sandbox may tell what is in it; and it goes with the original.
        copy.Link.GuardBy(() => _hold.IsHeld && !Removing);
        try
        {
            FaultPoints.Reach(FaultPoint.SnapshotCopied);
            return await LayerWalk.RunAsync(copy.Link, layer, cancellationToken);
        }
        catch (LinkException e)
        {
            var exit = await copy.Container.KillAsync();
            return Refusal.Answer<WalkRecords>(Refuse() ?? Refusal.Unavailable(exit.OutOfMemory
                ? "The copy that was to be walked was ended for want of memory, and the sandbox goes on."
                : $"The copy that was to be walked has ended, and the sandbox goes on: {e.Message}"));
        }
        finally
        {
            // The pool waits for it, and nobody else has to.
            _ = _snapshots.RemoveAsync(copy);
        }

        async Task<LinkImage> CheckpointLinkAsync(CancellationToken token)
        {
            LinkImage? image = null;
            await CheckpointAsync(
                files.Directory,
                layer: null,
                suspend: false,
                (_, _) => Task.FromResult(image = _sandbox.Link.ToImage()),
                _ => Task.FromResult(true),
                token);
            return image!;
        }
    }
}
