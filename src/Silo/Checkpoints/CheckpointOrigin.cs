namespace Sandbox.Silo.Checkpoints;

/// <summary>What a fork's first checkpoint is a copy of.</summary>
/// <param name="Sandbox">The other sandbox's id, of the same owner.</param>
/// <param name="Checkpoint">Its checkpoint.</param>
internal sealed record CheckpointOrigin(string Sandbox, string Checkpoint);
