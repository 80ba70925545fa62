using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

/// <summary>How an operation of a worker ended.</summary>
/// <param name="Error">An errno, or a number of the protocol's above 1,000; 0 = none.</param>
/// <param name="Killed">Whether the worker did not come to its end.</param>
/// <param name="Result">What the kind says with it, at most <see cref="LinkLimits.WorkResult"/> bytes; with an error mostly the path.</param>
internal sealed record WorkEnd(uint Error, bool Killed, byte[] Result)
{
    /// <summary>Bytes before the result.</summary>
    public const int Header = 5;

    /// <summary>Reads WORK_DONE.</summary>
    /// <exception cref="LinkViolationException">A value has no meaning.</exception>
    public static WorkEnd Read(ReadOnlySpan<byte> payload) => payload[4] <= 1
        ? new WorkEnd(BinaryPrimitives.ReadUInt32LittleEndian(payload), payload[4] == 1, payload[Header..].ToArray())
        : throw new LinkViolationException(LinkRule.BadValue, $"killed {payload[4]} has no meaning");
}
