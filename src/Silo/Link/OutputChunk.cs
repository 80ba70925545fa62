namespace Sandbox.Silo.Link;

/// <summary>Bytes that a program wrote to one channel.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Offset">Where in the channel the first byte is.</param>
/// <param name="Data">The bytes, 1 to 65,536; the array is the receiver's own.</param>
internal readonly record struct OutputChunk(LinkChannel Channel, ulong Offset, byte[] Data);
