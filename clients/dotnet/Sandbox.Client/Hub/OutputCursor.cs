using Sandboxes.Wire;

namespace Sandboxes.Hub;

/// <summary>Where a reader is in an output log: decides what of each item is new, so that every byte comes out exactly once.</summary>
internal sealed class OutputCursor(string channel, long? timeline, long offset)
{
    /// <summary>The history that <see cref="Offset"/> belongs to; null until the server has said.</summary>
    public long? Timeline { get; private set; } = timeline;

    /// <summary>The next byte wanted.</summary>
    public long Offset { get; private set; } = offset;

    /// <summary>Whether nothing more will come.</summary>
    public bool Ended { get; private set; }

    /// <summary>Takes an item, and gives what of its bytes is new.</summary>
    /// <param name="item">What the server sent.</param>
    /// <param name="discontinuity">Set when the log does not go on where it stopped.</param>
    public ReadOnlyMemory<byte> Take(OutputItem item, out OutputDiscontinuity? discontinuity)
    {
        discontinuity = null;
        switch (item.Type)
        {
            case "data":
                return TakeData(item, out discontinuity);
            case "gap":
                EnterHistory(item.Timeline);
                // What was read before does not become missing when a gap is told again.
                if (item.To > Offset)
                {
                    var from = Math.Max(item.From, Offset);
                    discontinuity = new OutputDiscontinuity(channel, Rewound: false, item.Timeline, from, item.To, item.To - from);
                    Offset = item.To;
                }

                break;
            case "rewound":
                // Who has read nothing yet joins no two histories. Everywhere else a place where the reader stands is no proof that they are
                // the same up to there: the new one may have grown past it by other bytes.
                var toldAgain = item.Timeline == Timeline && item.To == Offset;
                if (!toldAgain && (Offset, item.To) is not (0, 0))
                {
                    discontinuity = new OutputDiscontinuity(channel, Rewound: true, item.Timeline, Offset, item.To, LostBytes: 0);
                }

                (Timeline, Offset) = (item.Timeline, item.To);
                break;
            case "end":
                Ended = true;
                break;
        }

        return default;
    }

    private ReadOnlyMemory<byte> TakeData(OutputItem item, out OutputDiscontinuity? discontinuity)
    {
        discontinuity = null;
        EnterHistory(item.Timeline);
        ReadOnlyMemory<byte> data = item.Data ?? [];
        if (item.Offset > Offset)
        {
            // Told or not, bytes that do not come are a gap and never silence.
            discontinuity = new OutputDiscontinuity(channel, Rewound: false, item.Timeline, Offset, item.Offset, item.Offset - Offset);
            Offset = item.Offset;
        }

        var known = Math.Min(Offset - item.Offset, data.Length);
        data = data[(int)known..];
        Offset += data.Length;
        return data;
    }

    private void EnterHistory(long timeline)
    {
        if (Timeline is { } known && known != timeline)
        {
            throw new ServerException($"The server went from timeline {known} to {timeline} of {channel} without saying where.");
        }

        Timeline = timeline;
    }
}
