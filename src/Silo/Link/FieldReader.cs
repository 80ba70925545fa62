using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

/// <summary>Reads a payload of fields in order. What a tag means, and whether it may repeat, is the caller's to say.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    /// <summary>The next field.</summary>
    /// <param name="tag">Its tag.</param>
    /// <param name="value">Its bytes, a part of the payload.</param>
    /// <returns>False at the end of the payload.</returns>
    /// <exception cref="LinkViolationException">The rest is no field, or the field says that it is longer than the rest.</exception>
    public bool TryRead(out ushort tag, out ReadOnlySpan<byte> value)
    {
        tag = 0;
        value = default;
        if (_rest.IsEmpty)
        {
            return false;
        }

        if (_rest.Length < FieldWriter.TagSize)
        {
            throw new LinkViolationException(LinkRule.BadValue, $"{_rest.Length} bytes after the last field");
        }

        tag = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_rest[sizeof(ushort)..]);
        _rest = _rest[FieldWriter.TagSize..];
        if (length > (uint)_rest.Length)
        {
            throw new LinkViolationException(LinkRule.BadValue, $"field {tag} says {length} bytes where {_rest.Length} are left");
        }

        value = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }
}
