namespace Sandbox.Silo.Link;

/// <summary>A frame from the guest whose header was checked.</summary>
/// <param name="Header">The header.</param>
/// <param name="Payload">The payload: the reader's own memory, valid until it reads on.</param>
internal readonly record struct GuestFrame(FrameHeader Header, ReadOnlyMemory<byte> Payload);
