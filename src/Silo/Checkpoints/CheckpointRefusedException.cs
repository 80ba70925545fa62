namespace Sandbox.Silo.Checkpoints;

/// <summary>A checkpoint is not used. The message says which, why, and what to do.</summary>
internal sealed class CheckpointRefusedException(CheckpointRefusalKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public CheckpointRefusal Refusal { get; } = new(kind, message);
}
