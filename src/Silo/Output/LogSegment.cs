namespace Sandbox.Silo.Output;

/// <summary>A run of a log's bytes that lies in one file. It grows at its end until it is full, and never changes then.</summary>
/// <param name="Start">The first byte's offset, which also names the file.</param>
/// <param name="Length">How many bytes, 1 and up.</param>
internal readonly record struct LogSegment(long Start, int Length)
{
    /// <summary>The offset behind the last byte.</summary>
    public long End => Start + Length;
}
