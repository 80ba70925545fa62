using System.Buffers.Binary;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Tests.Link;

/// <summary>A frame that the host sent, as the scripted guest read it.</summary>
internal sealed record HostFrame(FrameHeader Header, byte[] Payload)
{
    public FrameType Type => Header.Type;

    public uint Process => Header.Process;

    /// <summary>The offset at the start of INPUT, INPUT_END and OUTPUT_ACK; the value of a PING.</summary>
    public ulong Offset => BinaryPrimitives.ReadUInt64LittleEndian(Payload);

    public IReadOnlyList<(int Tag, byte[] Value)> Fields()
    {
        var fields = new List<(int, byte[])>();
        var reader = new FieldReader(Payload);
        while (reader.TryRead(out var tag, out var value))
        {
            fields.Add((tag, value.ToArray()));
        }

        return fields;
    }
}
