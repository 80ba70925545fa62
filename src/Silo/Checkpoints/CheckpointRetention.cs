namespace Sandbox.Silo.Checkpoints;

/// <summary>Which checkpoints of a sandbox may go when only so many are to be kept.</summary>
internal static class CheckpointRetention
{
    /// <summary>Those beyond the newest, without the labelled and the needed, which do not count towards the number either.</summary>
    /// <param name="checkpoints">All of the sandbox, oldest first.</param>
    /// <param name="keep">How many to keep: 0 or more.</param>
    /// <param name="needed">Those that must stay: the current one, pinned ones.</param>
    /// <returns>The ids that may go, oldest first.</returns>
    public static IReadOnlyList<string> Superfluous(IEnumerable<CheckpointSummary> checkpoints, int keep, IReadOnlySet<string> needed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        return [.. checkpoints.Where(checkpoint => checkpoint.Label.Length == 0 && !needed.Contains(checkpoint.Id)).Select(checkpoint => checkpoint.Id).SkipLast(keep)];
    }
}
