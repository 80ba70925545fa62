namespace Sandboxes;

/// <summary>Output does not go on where it stopped.</summary>
/// <param name="Channel">Which output log.</param>
/// <param name="Rewound">Whether the sandbox went back to an older state, so that what was read from <paramref name="To"/> on never happened; otherwise bytes fell out of the log.</param>
/// <param name="Timeline">The history in which it goes on.</param>
/// <param name="From">How far had been read.</param>
/// <param name="To">Where it goes on.</param>
/// <param name="LostBytes">How many bytes are missing; 0 when rewound.</param>
public sealed record OutputDiscontinuity(string Channel, bool Rewound, long Timeline, long From, long To, long LostBytes)
{
    /// <inheritdoc/>
    public override string ToString() => Rewound
        ? $"The sandbox went back to an older state: {Channel} was read up to {From} and goes on at {To}."
        : $"{LostBytes} bytes of {Channel} fell out of the log before they were read ({From} to {To}).";
}
