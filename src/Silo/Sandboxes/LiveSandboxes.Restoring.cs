using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Sandboxes;

// From checkpoints.
internal sealed partial class LiveSandboxes
{
    /// <summary>Starts one that goes on from a checkpoint. One of the same key that has ended is disposed of first.</summary>
    public Task<Outcome<ILiveSandbox>> RestoreAsync(string key, SandboxSpec spec, CheckpointRestore restore, CancellationToken cancellationToken) =>
        StartAsync(
            key,
            spec,
            token => HoldAsync(
                key,
                restore.Epoch,
                head => head with { Timeline = restore.Timeline, Checkpoint = restore.CheckpointId },
                (lease, held) => RestoreAsync(key, spec, restore, new SandboxSize(spec.MemoryBytes, spec.DiskBytes, spec.Processes), lease, held),
                token),
            cancellationToken);

    private async Task<Outcome<ILiveSandbox>> RestoreAsync(
        string key, SandboxSpec spec, CheckpointRestore restore, SandboxSize size, HeadLease lease, CancellationToken cancellationToken)
    {
        FaultPoints.Reach(FaultPoint.RestoreHeld);
        try
        {
            var (manifest, files) = await _checkpoints.FetchAsync(key, restore.CheckpointId, cancellationToken);
            using var fetched = files;
            FaultPoints.Reach(FaultPoint.RestoreFetched);
            var image = await SandboxImage.ReadAsync(files.Directory, cancellationToken);
            var id = key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..];
            var resumption = new GuestResumption
            {
                Restored = true,
                Hostname = restore.Forked ? id : null,
                Generation = GuestResumption.NewGeneration(),
                SandboxId = id,
            };
            var memory = Path.Combine(files.Directory, SandboxImage.Memory);
            var rental = await _pool.RentAsync(token => _factory.RestoreAsync(size, manifest, memory, image.Link, resumption, spec => _created.TryTake(spec) ?? _standbys.TryTake(spec), token), cancellationToken);
            if (manifest.Layers[^1].Owner is not null) _standbys.Note(manifest.Layers);
            if (rental is not Rental<StartedSandbox>.Granted granted)
                return Refusal.Answer<ILiveSandbox>(Refusal.NoSandbox(((Rental<StartedSandbox>.Refused)rental).Refusal));
            FaultPoints.Reach(FaultPoint.RestoreResumed);
            var sandbox = Create(key, granted.Sandbox, spec, restore.Timeline, lease);
            try
            {
                await sandbox.TakeOverAsync(image, files.Directory, restore.Forked ? null : manifest.Timeline, cancellationToken);
            }
            catch
            {
                await sandbox.DisposeAsync();
                throw;
            }

            FaultPoints.Reach(FaultPoint.RestoreTakenOver);
            return await KeepAsync(key, sandbox);
        }
        catch (CheckpointRefusedException e)
        {
            return Refusal.Answer<ILiveSandbox>(Refusal.Conflict(e.Message));
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Refusal.Answer<ILiveSandbox>(Refusal.Unavailable($"The checkpoint {restore.CheckpointId} could not be brought back: {e.Message}"));
        }
    }
}
