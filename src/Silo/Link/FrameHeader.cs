using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

/// <summary>The 12 bytes before every payload.</summary>
/// <param name="Length">Bytes of the payload that follows.</param>
/// <param name="Type">What the frame is.</param>
/// <param name="Channel">0 where the frame is not about a channel.</param>
/// <param name="Reserved">0.</param>
/// <param name="Process">The host's number for the process, or 0 for the sandbox itself.</param>
internal readonly record struct FrameHeader(uint Length, FrameType Type, byte Channel, ushort Reserved, uint Process)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 12;

    /// <summary>Reads a header as it stands; nothing is checked.</summary>
    public static FrameHeader Read(ReadOnlySpan<byte> from) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(from),
        (FrameType)from[4],
        from[5],
        BinaryPrimitives.ReadUInt16LittleEndian(from[6..]),
        BinaryPrimitives.ReadUInt32LittleEndian(from[8..]));

    /// <summary>Writes the header to the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> into)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(into, Length);
        into[4] = (byte)Type;
        into[5] = Channel;
        BinaryPrimitives.WriteUInt16LittleEndian(into[6..], Reserved);
        BinaryPrimitives.WriteUInt32LittleEndian(into[8..], Process);
    }

    /// <summary>For messages to people: which frame this is.</summary>
    public override string ToString()
    {
        var type = Enum.IsDefined(Type) ? Type.ToString() : $"type 0x{(byte)Type:x2}";
        return $"frame {type} (process {Process}, channel {Channel}, {Length} bytes)";
    }
}
