namespace Sandbox.Guest.Tests.Agent;

/// <summary>An EXIT frame.</summary>
public sealed record Exit(bool Signalled, bool OutOfMemory, int Number, ulong UserMicroseconds, ulong SystemMicroseconds, ulong PeakBytes)
{
    public int? Code => Signalled ? null : Number;

    public int? Signal => Signalled ? Number : null;

    public static Exit Read(Frame frame) => new(
        frame.Payload[0] == 1, (frame.Payload[1] & 1) != 0, (int)frame.UInt32(4), frame.UInt64(8), frame.UInt64(16), frame.UInt64(24));
}
