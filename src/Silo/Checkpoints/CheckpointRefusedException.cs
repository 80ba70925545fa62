namespace Sandbox.Silo.Checkpoints;

/// <summary>A checkpoint is not used. The message says which, why, and what to do.</summary>
internal sealed class CheckpointRefusedException(CheckpointRefusalKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public CheckpointRefusal Refusal { get; } = new(kind, message);

    /// <summary>Whether the checkpoint is believed, and only what runs in it is lost: a sandbox can still be started with its files where it has them.</summary>
    public bool LeavesFiles => Refusal.Kind is CheckpointRefusalKind.Damaged or CheckpointRefusalKind.PartMissing or CheckpointRefusalKind.RunscVersion
        or CheckpointRefusalKind.Platform or CheckpointRefusalKind.CpuFeatures or CheckpointRefusalKind.AgentVersion or CheckpointRefusalKind.Image;
}
