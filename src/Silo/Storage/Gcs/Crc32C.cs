using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>The checksum that Cloud Storage keeps of every object: CRC-32 with Castagnoli's polynomial, by the processor's own instruction.</summary>
internal struct Crc32C
{
    private uint _value;

    /// <summary>The checksum of what was appended.</summary>
    public readonly uint Value => _value;

    /// <summary>The checksum as Cloud Storage writes it: base64 of its four bytes, the highest first.</summary>
    public override readonly string ToString()
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, _value);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>Takes the bytes that follow.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var crc = ~_value;
        foreach (var eight in MemoryMarshal.Cast<byte, ulong>(bytes)) crc = BitOperations.Crc32C(crc, eight);
        foreach (var one in bytes[(bytes.Length & ~7)..]) crc = BitOperations.Crc32C(crc, one);
        _value = ~crc;
    }
}
