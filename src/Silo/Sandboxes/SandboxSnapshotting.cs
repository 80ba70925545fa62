using Sandbox.Grains.Holding;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Snapshots;

namespace Sandbox.Silo.Sandboxes;

/// <summary>Keeps the snapshots of one sandbox.</summary>
internal sealed class SandboxSnapshotting(SandboxKey sandbox, ISandboxMachine machine, SnapshotStandbys standbys, QuietCopy copy, Func<StartedSandbox, Task> retire)
{
    /// <inheritdoc cref="QuietCopy"/>
    public QuietCopy CopyAsync => copy;

    /// <summary>Removes a copy; completes, and never fails, when it is gone.</summary>
    public Task RemoveAsync(StartedSandbox quiet) => retire(quiet);

    /// <inheritdoc cref="ISandboxMachine.StackOf"/>
    public IReadOnlyList<LayerDescriptor> StackOf(SandboxRoot? root) => machine.StackOf(root);

    /// <summary>Whether one more layer goes over what a sandbox stands on.</summary>
    public bool HasRoomOver(SandboxRoot? root) => StackOf(root).Count < SandboxRoots.MostLayers;

    /// <summary>Takes the layer to be, that a checkpoint keeps.</summary>
    public LayerIntake NewLayer() => new(machine.Data, new LayerLimits());

    /// <summary>Takes the layer to be, of a snapshot over a stack: what cannot be unpacked is no snapshot.</summary>
    /// <param name="below">The stack.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<LayerIntake> NewLayerAsync(IReadOnlyList<LayerDescriptor> below, CancellationToken cancellationToken) => machine.Roots.TakeInAsync(below, cancellationToken);

    /// <summary>The layer, which is complete.</summary>
    public Task<LayerDescriptor> FinishAsync(LayerIntake layer) => layer.FinishAsync(sandbox.Owner);

    /// <summary>Stores what came as a layer over a stack.</summary>
    /// <param name="name">The snapshot's name.</param>
    /// <param name="options">How.</param>
    /// <param name="from">The snapshot or template that the sandbox was started from, as it was called then.</param>
    /// <param name="below">The stack.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Outcome<SnapshotRecord>> AddAsync(
        string name, SnapshotOptions options, string from, IReadOnlyList<LayerDescriptor> below, LayerIntake layer, CancellationToken cancellationToken)
    {
        var made = await FinishAsync(layer);
        var parent = await machine.Snapshots.FindUnderAsync(sandbox, from, below, cancellationToken);
        var draft = new SnapshotDraft(sandbox.Owner, name, [.. below, made], options, parent is null ? null : new SnapshotParent(parent.Name, parent.Id));
        var added = await machine.Snapshots.AddAsync(draft, new Dictionary<LayerDigest, Func<Stream>> { [made.Digest] = layer.Open }, verify: null, cancellationToken);
        if (added.Succeeded) _ = standbys.NoteMadeAsync(draft.Layers, machine.Roots.KeepAsync(draft.Layers, layer.TakeUnpacked()));
        return added;
    }
}
