namespace Orleans.Runtime;

/// <summary>A timer of an activation.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets new times. Within a tick they hold from the tick's end.</summary>
    /// <param name="dueTime">To the next tick; infinite for none.</param>
    /// <param name="period">From the end of one tick to the next; infinite for a single tick.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is below zero and not infinite, or over 49 days.</exception>
    void Change(TimeSpan dueTime, TimeSpan period);
}
