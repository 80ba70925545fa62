using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Sandbox.Silo.Link;

/// <summary>Writes a payload of fields: <c>u16 tag, u32 length, bytes</c>, one after another.</summary>
internal sealed class FieldWriter
{
    /// <summary>Bytes before each value.</summary>
    public const int TagSize = 6;

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    /// <summary>Bytes written so far.</summary>
    public int Length => _bytes.WrittenCount;

    /// <summary>Adds bytes as they are.</summary>
    public FieldWriter Bytes(ushort tag, ReadOnlySpan<byte> value)
    {
        value.CopyTo(Field(tag, value.Length));
        return this;
    }

    /// <summary>Adds text as UTF-8.</summary>
    /// <exception cref="ArgumentException">The text holds a NUL, which no name, path or argument in the guest can hold.</exception>
    public FieldWriter Text(ushort tag, string value)
    {
        if (value.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The text of field {tag} holds a NUL character; remove it.", nameof(value));
        }

        Encoding.UTF8.GetBytes(value, Field(tag, Encoding.UTF8.GetByteCount(value)));
        return this;
    }

    /// <summary>Adds a u32.</summary>
    public FieldWriter Number(ushort tag, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Field(tag, sizeof(uint)), value);
        return this;
    }

    /// <summary>Adds a u64.</summary>
    public FieldWriter Number(ushort tag, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Field(tag, sizeof(ulong)), value);
        return this;
    }

    /// <summary>Adds a limit: u32 resource, u64 value.</summary>
    public FieldWriter Limit(ushort tag, ResourceLimit limit)
    {
        var value = Field(tag, sizeof(uint) + sizeof(ulong));
        BinaryPrimitives.WriteUInt32LittleEndian(value, limit.Resource);
        BinaryPrimitives.WriteUInt64LittleEndian(value[sizeof(uint)..], limit.Value);
        return this;
    }

    /// <summary>Adds a terminal's size: u16 rows, u16 columns.</summary>
    public FieldWriter Size(ushort tag, TerminalSize size)
    {
        var value = Field(tag, 2 * sizeof(ushort));
        BinaryPrimitives.WriteUInt16LittleEndian(value, size.Rows);
        BinaryPrimitives.WriteUInt16LittleEndian(value[sizeof(ushort)..], size.Columns);
        return this;
    }

    /// <summary>Copies everything written.</summary>
    public void CopyTo(Span<byte> into) => _bytes.WrittenSpan.CopyTo(into);

    private Span<byte> Field(ushort tag, int length)
    {
        var field = _bytes.GetSpan(TagSize + length);
        BinaryPrimitives.WriteUInt16LittleEndian(field, tag);
        BinaryPrimitives.WriteUInt32LittleEndian(field[sizeof(ushort)..], (uint)length);
        _bytes.Advance(TagSize + length);
        return field.Slice(TagSize, length);
    }
}
