namespace Sandbox.Silo.Sandboxes;

/// <summary>Where the histories that an output log comes from have begun: from that offset on, each is its own.</summary>
/// <param name="Timeline">The history.</param>
/// <param name="Offset">Its first byte of its own.</param>
internal sealed record LogParting(long Timeline, long Offset);

/// <summary>The partings of an output log, which travel with its sandbox's checkpoints. Immutable.</summary>
/// <param name="All">In the order of the histories; of those that begin no earlier than a later one, nothing needs to be known.</param>
internal sealed record LogPartings(IReadOnlyList<LogParting> All)
{
    /// <summary>How many are kept; beyond that the two oldest are taken for one, with the offset of the earlier.</summary>
    public const int Most = 64;

    /// <summary>Of a log whose history is the only one.</summary>
    public static readonly LogPartings None = new([]);

    /// <summary>With a new history that begins at an offset.</summary>
    public LogPartings With(long timeline, long offset)
    {
        List<LogParting> all = [.. All.Where(parting => parting.Timeline < timeline && parting.Offset < offset), new LogParting(timeline, offset)];
        if (all.Count > Most)
        {
            all[1] = all[1] with { Offset = all[0].Offset };
            all.RemoveAt(0);
        }

        return new LogPartings(all);
    }

    /// <summary>Up to which offset the log is the same as it was in an earlier history.</summary>
    /// <param name="timeline">The history.</param>
    /// <param name="end">The log's end, which is the answer for the present one.</param>
    public long CommonWith(long timeline, long end) =>
        All.Where(parting => parting.Timeline > timeline).Select(parting => parting.Offset).DefaultIfEmpty(end).Min();
}
