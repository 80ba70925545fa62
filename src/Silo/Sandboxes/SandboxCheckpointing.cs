using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Silo.Sandboxes;

/// <summary>Keeps the checkpoints of one sandbox.</summary>
internal sealed class SandboxCheckpointing(string key, SandboxSpec spec, SandboxCheckpoints checkpoints)
{
    /// <inheritdoc cref="SandboxCheckpoints.NewDirectory"/>
    public CheckpointFiles NewDirectory() => checkpoints.NewDirectory();

    /// <inheritdoc cref="SandboxCheckpoints.SaveAsync"/>
    public Task<CheckpointDescription> SaveAsync(CheckpointRequest request, string directory, CancellationToken cancellationToken) =>
        checkpoints.SaveAsync(key, spec, request, directory, cancellationToken);
}
