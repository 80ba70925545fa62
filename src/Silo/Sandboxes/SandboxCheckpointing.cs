using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Sandboxes;

/// <summary>Keeps the checkpoints of one sandbox.</summary>
internal sealed class SandboxCheckpointing(
    string key, SandboxSpec spec, StartedSandbox started, IReadOnlyList<LayerDescriptor> layers, SandboxHold hold, SandboxCheckpoints checkpoints)
{
    /// <inheritdoc cref="SandboxCheckpoints.NewDirectory"/>
    public CheckpointFiles NewDirectory() => checkpoints.NewDirectory();

    /// <summary>Stores the files of a checkpoint, and makes it the one that the sandbox goes on from.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="directory">Where the files are.</param>
    /// <param name="layer">The sandbox's files as a layer, or null.</param>
    /// <param name="openLayer">Opens that.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CheckpointStorageException">They could not be stored; nothing of them is.</exception>
    /// <exception cref="LeaseLostException">Stored, but this host does not hold the sandbox any more: it does not count.</exception>
    /// <exception cref="IOException">Stored, but the store did not answer when it was to count.</exception>
    public async Task<CheckpointDescription> SaveAsync(
        CheckpointRequest request, string directory, LayerDescriptor? layer, Func<Stream>? openLayer, CancellationToken cancellationToken)
    {
        var saved = await checkpoints.SaveAsync(key, spec, started, new CheckpointLayers(layers, layer, openLayer), request, directory, cancellationToken);
        await hold.CommitAsync(saved.Id, request.Timeline, cancellationToken);
        FaultPoints.Reach(FaultPoint.CheckpointCommitted);
        return saved;
    }
}
