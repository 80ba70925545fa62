namespace Sandbox.Grains.Sandboxes.Life;

/// <summary>
/// When a sandbox's next periodic checkpoint is due: an interval after the last one, of whatever kind, or after the last try. An interval in which nothing
/// ran is skipped, since the checkpoint before holds the same.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="interval">The time between two.</param>
internal sealed class CheckpointSchedule(TimeProvider time, TimeSpan interval)
{
    private long _last = time.GetTimestamp();

    // Everything up to here is in a checkpoint. Of what was before this began nothing is known.
    private long _kept = long.MinValue;

    /// <summary>How long from now until one may be due.</summary>
    public TimeSpan Next
    {
        get
        {
            var left = interval - time.GetElapsedTime(_last);
            return left < TimeSpan.Zero ? TimeSpan.Zero : left;
        }
    }

    /// <summary>Whether one is to be taken now. Where one would be due the next is an interval later, whatever the answer.</summary>
    /// <param name="active">When there was activity last.</param>
    /// <param name="busy">Whether a program runs.</param>
    /// <param name="paused">Whether the sandbox is frozen: then nothing runs in it, and what ran before waits for it to go on.</param>
    public bool Check(long active, bool busy, bool paused)
    {
        if (Next > TimeSpan.Zero) return false;
        _last = time.GetTimestamp();
        return !paused && (busy || active > _kept);
    }

    /// <summary>A checkpoint was taken.</summary>
    /// <param name="began">When that began: what happened since may not be in it.</param>
    public void Taken(long began) => (_last, _kept) = (time.GetTimestamp(), began);
}
