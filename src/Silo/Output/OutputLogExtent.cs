namespace Sandbox.Silo.Output;

/// <summary>What an output log holds at a moment.</summary>
/// <param name="Start">The first byte that can still be read.</param>
/// <param name="Offset">The end: the next byte's offset.</param>
/// <param name="Ended">Whether nothing more will come.</param>
internal readonly record struct OutputLogExtent(long Start, long Offset, bool Ended);
