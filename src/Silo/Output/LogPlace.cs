namespace Sandbox.Silo.Output;

/// <summary>Where the byte of an offset is.</summary>
/// <param name="Kind">Which kind of place.</param>
/// <param name="Count">How many bytes, from the offset on, are in the same place; 0 for <see cref="LogPlaceKind.End"/>.</param>
/// <param name="Segment">The segment, for <see cref="LogPlaceKind.Disk"/>.</param>
internal readonly record struct LogPlace(LogPlaceKind Kind, long Count, LogSegment Segment = default);

/// <summary>Kinds of places.</summary>
internal enum LogPlaceKind
{
    /// <summary>It fell out.</summary>
    Lost,

    /// <summary>In a file.</summary>
    Disk,

    /// <summary>In memory.</summary>
    Memory,

    /// <summary>Not written yet.</summary>
    End,
}
