using Sandbox.Grains.Holding;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Snapshots;

namespace Sandbox.Silo.Sandboxes;

// From snapshots.
internal sealed partial class LiveSandboxes
{
    /// <summary>The snapshot of a name, whose layers stay in the store for the sandbox from now on.</summary>
    private async Task<Outcome<SnapshotRecord>> OpenSnapshotAsync(SandboxKey sandbox, string name, CancellationToken cancellationToken)
    {
        try
        {
            if (await _machine.Snapshots.FindAsync(sandbox.Owner, name, cancellationToken) is var (snapshot, _)
                && await _machine.Snapshots.KeepForAsync(sandbox, snapshot, cancellationToken)) return Refusal.Answer(snapshot);
            return SnapshotStore.Missing<SnapshotRecord>(name);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Refusal.Answer<SnapshotRecord>(Refusal.Unavailable($"The snapshot '{name}' cannot be read: {e.Message}"));
        }
    }

    /// <inheritdoc cref="QuietCopy"/>
    private Task<Rental<StartedSandbox>> CopyQuietAsync(
        StartedSandbox original, string imageDirectory, Func<CancellationToken, Task<LinkImage>> checkpoint, CancellationToken cancellationToken) =>
        _pool.RentAsync(
            async token => await _factory.CopyQuietAsync(
                original, imageDirectory, await checkpoint(token), spec => _created.TryTake(spec) ?? _standbys.TryTake(spec), token),
            elsewhere: null,
            cancellationToken);

    private async Task<StartedSandbox> StartFromAsync(SnapshotRecord snapshot, SandboxSize size, CancellationToken cancellationToken) =>
        (size == _usual ? _standbys.TryTake(LayerDigest.OfChain(snapshot.Layers.Select(layer => layer.DiffId))) : null)
        ?? await _factory.StartAsync(size, snapshot.Layers, cancellationToken);
}
