using Sandbox.Grains.Processes;

namespace Sandbox.Gateway.Processes.Output;

/// <summary>What a reader of an output log gets.</summary>
internal sealed record OutputItemView
{
    public required string Type { get; init; }

    public required long Timeline { get; init; }

    public long? Offset { get; init; }

    public ReadOnlyMemory<byte>? Data { get; init; }

    public long? From { get; init; }

    public long? To { get; init; }

    public long? LostBytes { get; init; }

    /// <summary>With an end: whether the channel has ended, and not only this reading.</summary>
    public bool? Ended { get; init; }

    public static OutputItemView OfData(long timeline, long offset, ReadOnlyMemory<byte> data) =>
        new() { Type = "data", Timeline = timeline, Offset = offset, Data = data };

    public static OutputItemView Of(OutputItem item) => item switch
    {
        OutputData data => OfData(data.Timeline, data.Offset, data.Data),
        OutputGap gap => Of(gap),
        OutputRewound rewound => Of(rewound),
        OutputEnd end => Of(end),
        _ => throw new ArgumentOutOfRangeException(nameof(item), item, "An output item without a form."),
    };

    public static OutputItemView Of(OutputGap gap) =>
        new() { Type = "gap", Timeline = gap.Timeline, From = gap.From, To = gap.To, LostBytes = gap.To - gap.From };

    public static OutputItemView Of(OutputRewound rewound) =>
        new() { Type = "rewound", Timeline = rewound.Timeline, From = rewound.From, To = rewound.To };

    public static OutputItemView Of(OutputEnd end) =>
        new() { Type = "end", Timeline = end.Timeline, Offset = end.Offset, Ended = end.Ended };
}
