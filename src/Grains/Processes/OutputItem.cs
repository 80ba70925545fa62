namespace Sandbox.Grains.Processes;

/// <summary>Where a reader of an output log is.</summary>
/// <param name="Timeline">The history that the offset belongs to; null for the present one.</param>
/// <param name="Offset">The next byte it wants.</param>
[GenerateSerializer, Immutable, Alias("output-cursor")]
public readonly record struct OutputCursor([property: Id(0)] long? Timeline, [property: Id(1)] long Offset);

/// <summary>One thing that a reader of an output log gets.</summary>
[GenerateSerializer, Immutable, Alias("output-item")]
public abstract record OutputItem
{
    /// <summary>The history that the offsets belong to.</summary>
    [Id(0)] public required long Timeline { get; init; }
}

/// <summary>Bytes.</summary>
[GenerateSerializer, Immutable, Alias("output-data")]
public sealed record OutputData : OutputItem
{
    /// <summary>The first byte's offset.</summary>
    [Id(0)] public required long Offset { get; init; }

    /// <summary>1 to 49,152 bytes.</summary>
    [Id(1)] public required byte[] Data { get; init; }
}

/// <summary>Bytes that fell out of the log before this reader came to them.</summary>
[GenerateSerializer, Immutable, Alias("output-gap")]
public sealed record OutputGap : OutputItem
{
    /// <summary>The first lost byte's offset.</summary>
    [Id(0)] public required long From { get; init; }

    /// <summary>The offset at which the log goes on.</summary>
    [Id(1)] public required long To { get; init; }
}

/// <summary>The sandbox went back to an earlier state: the reader goes on in another history.</summary>
[GenerateSerializer, Immutable, Alias("output-rewound")]
public sealed record OutputRewound : OutputItem
{
    /// <summary>The next byte that the reader wanted, in the history before.</summary>
    [Id(0)] public required long From { get; init; }

    /// <summary>The offset at which it goes on: the same, or where this history has parted from that one.</summary>
    [Id(1)] public required long To { get; init; }
}

/// <summary>The log's end: nothing more will come, or nothing more is there for a reader that does not follow.</summary>
[GenerateSerializer, Immutable, Alias("output-end")]
public sealed record OutputEnd : OutputItem
{
    /// <summary>How many bytes there were.</summary>
    [Id(0)] public required long Offset { get; init; }

    /// <summary>True when the channel has ended; false when only this reading has.</summary>
    [Id(1)] public required bool Ended { get; init; }
}
