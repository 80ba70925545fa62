namespace Sandboxes;

/// <summary>
/// The sandbox went back to an older state, and two histories are not joined silently: the next read goes on at <see cref="To"/> of the new
/// <see cref="Timeline"/>. What was read from there on never happened; and what was read before is in the new history as well, unless that has
/// grown by other bytes since.
/// </summary>
public sealed class RewoundException : OutputGapException
{
    internal RewoundException(OutputDiscontinuity discontinuity)
        : base(discontinuity)
    {
    }

    /// <summary>How far had been read.</summary>
    public long From => Discontinuity.From;

    /// <summary>Where the log goes on.</summary>
    public long To => Discontinuity.To;

    /// <summary>The history in which it goes on.</summary>
    public long Timeline => Discontinuity.Timeline;
}
