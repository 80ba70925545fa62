using Sandbox.Grains.Sandboxes;

namespace Sandbox.Silo.Sandboxes;

/// <summary>A checkpoint cannot be made or used; the error says why and what to do.</summary>
internal sealed class CheckpointRefusedException(SandboxError error, Exception? innerException = null) : Exception(error.Message, innerException)
{
    /// <summary>Why, for the caller.</summary>
    public SandboxError Error { get; } = error;
}
