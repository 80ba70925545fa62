using System.Buffers.Binary;
using System.Text;

namespace Sandbox.Guest.Tests.Agent;

/// <summary>Builds a payload of fields.</summary>
public sealed class Fields
{
    private readonly MemoryStream _bytes = new();

    public byte[] ToArray() => _bytes.ToArray();

    public Fields Add(ushort tag, ReadOnlySpan<byte> value)
    {
        Span<byte> head = stackalloc byte[6];
        BinaryPrimitives.WriteUInt16LittleEndian(head, tag);
        BinaryPrimitives.WriteUInt32LittleEndian(head[2..], (uint)value.Length);
        _bytes.Write(head);
        _bytes.Write(value);
        return this;
    }

    public Fields Add(ushort tag, string value) => Add(tag, Encoding.UTF8.GetBytes(value));

    public Fields Add(ushort tag, uint value) => Add(tag, Frame.Bytes(value));

    public Fields Add(ushort tag, ulong value) => Add(tag, Frame.Bytes(value));

    public Fields AddEach(ushort tag, IEnumerable<string> values)
    {
        foreach (var value in values)
            Add(tag, value);
        return this;
    }

    public Fields AddLimits(ushort tag, IEnumerable<(uint Resource, ulong Value)> limits)
    {
        foreach (var (resource, value) in limits)
            Add(tag, [.. Frame.Bytes(resource), .. Frame.Bytes(value)]);
        return this;
    }
}
