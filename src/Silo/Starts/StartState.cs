using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Starts;

/// <summary>A start state whose files are on this host. It goes with this.</summary>
/// <param name="Command">What was started in it.</param>
/// <param name="Manifest">Its checkpoint.</param>
/// <param name="Image">What the host knows of it.</param>
/// <param name="Files">The checkpoint's files.</param>
internal sealed record StartState(StartCommand Command, CheckpointManifest Manifest, SandboxImage Image, CheckpointFiles Files) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Files.Dispose();
}
