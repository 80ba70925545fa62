using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Sandboxes;

// From checkpoints.
internal sealed partial class LiveSandboxes
{
    private const string StartItCold = "Or give up its programs: its files lie beside it, and RestoreSandbox with 'cold' (sandbox restore ID --cold) starts the sandbox with them.";

    /// <summary>Starts one that goes on from a checkpoint. One of the same key that has ended is disposed of first.</summary>
    /// <param name="key">The grain's key.</param>
    /// <param name="spec">What it is to be.</param>
    /// <param name="restore">How.</param>
    /// <param name="elsewhere">Whether another host has room for it that this one has not, so that it need not wait here; null where there is no other.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Outcome<ILiveSandbox>> RestoreAsync(
        string key, SandboxSpec spec, CheckpointRestore restore, Func<bool>? elsewhere, CancellationToken cancellationToken) =>
        StartAsync(
            key,
            spec,
            token => HoldAsync(
                key,
                restore.Epoch,
                head => head with { Timeline = restore.Timeline, Checkpoint = restore.CheckpointId },
                (lease, held) => RestoreAsync(key, spec, restore, elsewhere, lease, held),
                token),
            cancellationToken);

    private async Task<Outcome<ILiveSandbox>> RestoreAsync(
        string key, SandboxSpec spec, CheckpointRestore restore, Func<bool>? elsewhere, HeadLease lease, CancellationToken cancellationToken)
    {
        FaultPoints.Reach(FaultPoint.RestoreHeld);
        CheckpointManifest? manifest = null;
        try
        {
            manifest = await _checkpoints.ReadAsync(key, restore.CheckpointId, cancellationToken);
            return restore.Cold
                ? await StartColdAsync(key, spec, restore, manifest, elsewhere, lease, cancellationToken)
                : await GoOnAsync(key, spec, restore, manifest, elsewhere, lease, cancellationToken);
        }
        catch (CheckpointRefusedException e)
        {
            // A fork has never run: nobody would look for it.
            var cold = !restore.Forked && e.LeavesFiles && manifest?.Files is not null;
            return Refusal.Answer<ILiveSandbox>(Refusal.Conflict(cold ? $"{e.Message} {StartItCold}" : e.Message) with { CanStartCold = cold });
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Refusal.Answer<ILiveSandbox>(Refusal.Unavailable($"The checkpoint {restore.CheckpointId} could not be brought back: {e.Message}"));
        }
    }

    private async Task<Outcome<ILiveSandbox>> GoOnAsync(
        string key, SandboxSpec spec, CheckpointRestore restore, CheckpointManifest manifest, Func<bool>? elsewhere, HeadLease lease,
        CancellationToken cancellationToken)
    {
        using var files = await _checkpoints.FetchAsync(manifest, cancellationToken);
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
        var rental = await _pool.RentAsync(
            token => _factory.RestoreAsync(SizeOf(spec), manifest, memory, image.Link, resumption, spec => _created.TryTake(spec) ?? _standbys.TryTake(spec), token),
            elsewhere,
            cancellationToken);
        if (manifest.Layers[^1].Owner is not null) _standbys.Note(manifest.Layers);
        if (rental is not Rental<StartedSandbox>.Granted granted)
            return Refusal.Answer<ILiveSandbox>(Refusal.NoSandbox(((Rental<StartedSandbox>.Refused)rental).Refusal));
        FaultPoints.Reach(FaultPoint.RestoreResumed);
        var sandbox = Create(key, granted.Sandbox, spec, restore.Timeline, lease);
        return await KeepAsync(key, sandbox, () => sandbox.TakeOverAsync(image, files.Directory, restore.Forked ? null : manifest.Timeline, cancellationToken));
    }

    /// <summary>Starts one with the files of a checkpoint, whose programs are given up.</summary>
    private async Task<Outcome<ILiveSandbox>> StartColdAsync(
        string key, SandboxSpec spec, CheckpointRestore restore, CheckpointManifest manifest, Func<bool>? elsewhere, HeadLease lease,
        CancellationToken cancellationToken)
    {
        if (manifest.Files is not { } written)
            return Refusal.Answer<ILiveSandbox>(Refusal.Conflict($"The checkpoint {manifest.Id} has no layer of its files beside it. Rewind to another checkpoint."));
        LayerDescriptor[] stack = [.. manifest.Layers, written];
        try
        {
            // Before anything is started, and kept until the sandbox has it too.
            using var root = await _machine.Roots.OpenAsync(stack, agentDigest: null, cancellationToken);
            var (image, logs) = await _checkpoints.FetchProgramsAsync(manifest, cancellationToken);
            using var fetched = logs;
            FaultPoints.Reach(FaultPoint.RestoreFetched);
            var rental = await _pool.RentAsync(token => _factory.StartAsync(SizeOf(spec), stack, token), elsewhere, cancellationToken);
            if (rental is not Rental<StartedSandbox>.Granted granted)
                return Refusal.Answer<ILiveSandbox>(Refusal.NoSandbox(((Rental<StartedSandbox>.Refused)rental).Refusal));
            FaultPoints.Reach(FaultPoint.RestoreResumed);
            var sandbox = Create(key, granted.Sandbox, spec, restore.Timeline, lease);
            return await KeepAsync(key, sandbox, () => sandbox.TakeOverEndedAsync(image, logs?.Directory, manifest, cancellationToken));
        }
        catch (LayerException e)
        {
            return Refusal.Answer<ILiveSandbox>(Refusal.Conflict(
                $"The checkpoint {manifest.Id} cannot be started with its files either: {e.Message} Rewind to an older checkpoint."));
        }
    }

    private async Task<Outcome<ILiveSandbox>> KeepAsync(string key, LiveSandbox sandbox, Func<Task> takeOver)
    {
        try
        {
            await takeOver();
        }
        catch
        {
            await sandbox.DisposeAsync();
            throw;
        }

        FaultPoints.Reach(FaultPoint.RestoreTakenOver);
        return await KeepAsync(key, sandbox);
    }
}
