namespace Sandboxes;

/// <summary>A sandbox's checkpoints.</summary>
/// <param name="Checkpoints">Oldest first.</param>
/// <param name="Current">The id of the one that it goes on from when it wakes, or when its host is lost; it cannot be deleted.</param>
public sealed record CheckpointList(IReadOnlyList<Checkpoint> Checkpoints, string? Current = null);
