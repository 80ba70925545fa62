namespace Sandbox.Silo.Checkpoints;

/// <summary>A checkpoint is not used.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Message">Which checkpoint, why, and what to do.</param>
internal sealed record CheckpointRefusal(CheckpointRefusalKind Kind, string Message);
