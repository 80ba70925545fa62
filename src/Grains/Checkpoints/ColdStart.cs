namespace Sandbox.Grains.Checkpoints;

/// <summary>What is known of the programs that a sandbox does not have any more, because it was started with the files of a checkpoint alone.</summary>
/// <param name="Since">When the checkpoint was taken.</param>
/// <param name="Programs">The ids of those that ran; null where the checkpoint does not tell that either.</param>
public sealed record ColdStart(DateTimeOffset Since, IReadOnlyList<string>? Programs);
