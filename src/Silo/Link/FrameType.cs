namespace Sandbox.Silo.Link;

/// <summary>The frames of docs/guest-protocol.md that this version of the host sends or takes.</summary>
internal enum FrameType : byte
{
    Configure = 0x01,
    Start = 0x02,
    Pour = 0x03,
    Input = 0x04,
    InputEnd = 0x05,
    OutputAck = 0x06,
    Signal = 0x07,
    Shutdown = 0x08,
    Ping = 0x09,
    Forget = 0x0a,
    Disk = 0x0b,
    Lease = 0x10,
    Resize = 0x11,
    Hold = 0x12,
    Resume = 0x13,

    Hello = 0x81,
    Ready = 0x82,
    Started = 0x83,
    StartFailed = 0x84,
    Output = 0x85,
    OutputEnd = 0x86,
    InputAck = 0x87,
    Exit = 0x88,
    Drained = 0x89,
    Pong = 0x8a,
    Failure = 0x8b,
    Poured = 0x8c,
    DiskUsage = 0x8d,
    Held = 0x8e,
    Resumed = 0x8f,
}
