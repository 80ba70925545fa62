using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

/// <summary>Makes the frames that a host sends.</summary>
internal static class FrameWriter
{
    /// <summary>Bytes of an OUTPUT_ACK with its header.</summary>
    public const int AcknowledgeSize = FrameHeader.Size + 8;

    /// <summary>Writes an OUTPUT_ACK or WORK_ACK: every byte of the channel before the offset has been taken.</summary>
    public static void Acknowledge(Span<byte> into, FrameType type, uint process, LinkChannel channel, ulong offset)
    {
        new FrameHeader(8, type, (byte)channel, 0, process).Write(into);
        BinaryPrimitives.WriteUInt64LittleEndian(into[FrameHeader.Size..], offset);
    }

    /// <summary>INPUT: bytes for stdin, the first of which is at the offset.</summary>
    public static byte[] Input(uint process, ulong offset, ReadOnlySpan<byte> data) => Data(FrameType.Input, process, offset, data);

    /// <summary>WORK_INPUT: bytes for a worker, the first of which is at the offset.</summary>
    public static byte[] WorkInput(uint work, ulong offset, ReadOnlySpan<byte> data) => Data(FrameType.WorkInput, work, offset, data);

    /// <summary>WORK_INPUT_END: the worker reads the end after the bytes before the offset.</summary>
    public static byte[] WorkInputEnd(uint work, ulong offset) => Number(FrameType.WorkInputEnd, work, offset);

    /// <summary>WORK_CANCEL.</summary>
    public static byte[] WorkCancel(uint work) => Frame(FrameType.WorkCancel, work, 0);

    /// <summary>A frame whose payload is to be written.</summary>
    public static byte[] Frame(FrameType type, uint process, int length)
    {
        var frame = new byte[FrameHeader.Size + length];
        new FrameHeader((uint)length, type, 0, 0, process).Write(frame);
        return frame;
    }

    private static byte[] Data(FrameType type, uint process, ulong offset, ReadOnlySpan<byte> data)
    {
        var frame = Frame(type, process, 8 + data.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(FrameHeader.Size), offset);
        data.CopyTo(frame.AsSpan(FrameHeader.Size + 8));
        return frame;
    }

    /// <summary>INPUT_END: stdin closes after the bytes before the offset.</summary>
    public static byte[] InputEnd(uint process, ulong offset) => Number(FrameType.InputEnd, process, offset);

    /// <summary>SIGNAL.</summary>
    public static byte[] Signal(uint process, byte signal, SignalScope scope)
    {
        var frame = Frame(FrameType.Signal, process, 2);
        frame[FrameHeader.Size] = signal;
        frame[FrameHeader.Size + 1] = (byte)scope;
        return frame;
    }

    /// <summary>RESIZE.</summary>
    public static byte[] Resize(uint process, TerminalSize size)
    {
        var frame = Frame(FrameType.Resize, process, 2 * sizeof(ushort));
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(FrameHeader.Size), size.Rows);
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(FrameHeader.Size + sizeof(ushort)), size.Columns);
        return frame;
    }

    /// <summary>LEASE: for so many milliseconds programs may run.</summary>
    public static byte[] Lease(uint milliseconds)
    {
        var frame = Frame(FrameType.Lease, 0, sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(FrameHeader.Size), milliseconds);
        return frame;
    }

    /// <summary>FORGET.</summary>
    public static byte[] Forget(uint process) => Frame(FrameType.Forget, process, 0);

    /// <summary>SHUTDOWN.</summary>
    public static byte[] Shutdown() => Frame(FrameType.Shutdown, 0, 0);

    /// <summary>HOLD.</summary>
    public static byte[] Hold() => Frame(FrameType.Hold, 0, 0);

    /// <summary>PING.</summary>
    public static byte[] Ping(ulong value) => Number(FrameType.Ping, 0, value);

    /// <summary>DISK.</summary>
    public static byte[] Disk() => Frame(FrameType.Disk, 0, 0);

    /// <summary>A frame whose payload is fields: CONFIGURE, START, POUR.</summary>
    /// <returns>The frame, or null when the payload would be longer than the protocol allows.</returns>
    public static byte[]? Fields(FrameType type, uint process, FieldWriter fields)
    {
        if (fields.Length > LinkLimits.PayloadToGuest)
        {
            return null;
        }

        var frame = Frame(type, process, fields.Length);
        fields.CopyTo(frame.AsSpan(FrameHeader.Size));
        return frame;
    }

    private static byte[] Number(FrameType type, uint process, ulong value)
    {
        var frame = Frame(type, process, 8);
        BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(FrameHeader.Size), value);
        return frame;
    }
}
