using System.Buffers.Binary;
using System.Text;

namespace Sandbox.Guest.Tests.Agent;

public sealed record Frame(FrameType Type, byte Channel, uint Process, byte[] Payload)
{
    public const int HeaderLength = 12;

    public string Text => Encoding.UTF8.GetString(Payload);

    public byte[] ToBytes() => ToBytes((uint)Payload.Length, reserved: 0);

    /// <summary>The frame with a length and reserved bytes that may be wrong.</summary>
    public byte[] ToBytes(uint length, ushort reserved)
    {
        var bytes = new byte[HeaderLength + Payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, length);
        bytes[4] = (byte)Type;
        bytes[5] = Channel;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), reserved);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Process);
        Payload.CopyTo(bytes, HeaderLength);
        return bytes;
    }

    public static byte[] Bytes(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    public static byte[] Bytes(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    public uint UInt32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(Payload.AsSpan(at));

    public ulong UInt64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(Payload.AsSpan(at));
}
