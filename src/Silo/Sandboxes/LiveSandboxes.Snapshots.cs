using Sandbox.Grains.Holding;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Snapshots;

namespace Sandbox.Silo.Sandboxes;

// From snapshots.
internal sealed partial class LiveSandboxes
{
    /// <summary>The snapshot of a name.</summary>
    private async Task<Outcome<SnapshotRecord>> OpenSnapshotAsync(SandboxKey sandbox, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _machine.Snapshots.FindAsync(sandbox.Owner, name, cancellationToken) is var (snapshot, _)
                ? Refusal.Answer(snapshot)
                : SnapshotStore.Missing<SnapshotRecord>(name);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Unreadable(name, e);
        }
    }

    /// <summary>Has a snapshot's layers stay in the store for the sandbox from now on.</summary>
    /// <returns>Why they do not, or null.</returns>
    private async Task<SandboxError?> KeepLayersAsync(SandboxKey sandbox, SnapshotRecord snapshot, CancellationToken cancellationToken)
    {
        try
        {
            return await _machine.Snapshots.KeepForAsync(sandbox, snapshot, cancellationToken) ? null : SnapshotStore.Missing<SnapshotRecord>(snapshot.Name).Error;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Unreadable(snapshot.Name, e).Error;
        }
    }

    private static Outcome<SnapshotRecord> Unreadable(string name, Exception e) =>
        Refusal.Answer<SnapshotRecord>(Refusal.Unavailable($"The snapshot '{name}' cannot be read: {e.Message}"));

    private async Task<StartedSandbox> StartFromAsync(SnapshotRecord snapshot, SandboxSize size, CancellationToken cancellationToken) =>
        (size == _usual ? _standbys.TryTake(LayerDigest.OfChain(snapshot.Layers.Select(layer => layer.DiffId))) : null)
        ?? await _factory.StartAsync(size, snapshot.Layers, cancellationToken);
}
