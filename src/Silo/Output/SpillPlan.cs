namespace Sandbox.Silo.Output;

/// <summary>Bytes that are to move from memory to the disk.</summary>
/// <param name="Segment">The start of the segment that they belong to.</param>
/// <param name="Position">Where they go in its file; 0 makes the file.</param>
/// <param name="Offset">The first byte's offset.</param>
/// <param name="Count">How many, 1 and up.</param>
internal readonly record struct SpillPlan(long Segment, int Position, long Offset, int Count);
