using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

/// <summary>How a process ended, and what it used.</summary>
internal sealed record ProcessExit
{
    /// <summary>Bytes of an EXIT payload.</summary>
    public const int Size = 32;

    /// <summary>The exit code, 0 to 255, or null when a signal ended it.</summary>
    public int? Code { get; init; }

    /// <summary>The number of the signal that ended it, 1 to 64, or null.</summary>
    public int? Signal { get; init; }

    /// <summary>The agent's memory watchdog ended it.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>Processor time in the program.</summary>
    public TimeSpan UserTime { get; init; }

    /// <summary>Processor time in the kernel on its behalf.</summary>
    public TimeSpan SystemTime { get; init; }

    /// <summary>The most memory it held at once, in bytes.</summary>
    public long PeakMemoryBytes { get; init; }

    /// <summary>Reads an EXIT payload.</summary>
    /// <exception cref="LinkViolationException">It holds what cannot be.</exception>
    public static ProcessExit Read(ReadOnlySpan<byte> payload)
    {
        var (kind, flags) = (payload[0], payload[1]);
        var value = BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]);
        if (kind > 1 || flags > 1 || BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]) != 0)
        {
            throw new LinkViolationException(LinkRule.BadValue, $"kind {kind} or flags 0x{flags:x2} have no meaning");
        }

        if (kind == 0 ? value > 255 : value is < 1 or > 64)
        {
            throw new LinkViolationException(LinkRule.BadValue, $"{value} is no exit {(kind == 0 ? "code" : "signal")}");
        }

        var peak = BinaryPrimitives.ReadUInt64LittleEndian(payload[24..]);
        if (peak > long.MaxValue)
        {
            throw new LinkViolationException(LinkRule.BadValue, $"{peak} bytes of memory cannot be");
        }

        return new ProcessExit
        {
            Code = kind == 0 ? (int)value : null,
            Signal = kind == 1 ? (int)value : null,
            OutOfMemory = flags == 1,
            UserTime = Time(payload[8..]),
            SystemTime = Time(payload[16..]),
            PeakMemoryBytes = (long)peak,
        };
    }

    private static TimeSpan Time(ReadOnlySpan<byte> from)
    {
        var microseconds = BinaryPrimitives.ReadUInt64LittleEndian(from);
        return microseconds <= long.MaxValue / TimeSpan.TicksPerMicrosecond
            ? TimeSpan.FromTicks((long)microseconds * TimeSpan.TicksPerMicrosecond)
            : throw new LinkViolationException(LinkRule.BadValue, $"{microseconds} us of processor time cannot be");
    }
}
