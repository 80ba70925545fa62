using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Sandbox.CloudStorage;

/// <summary>What Cloud Storage computes of every object. Bit by bit from the definition, so that it shares no mistake with whoever is tested.</summary>
internal static class Checksums
{
    private const uint Castagnoli = 0x82F63B78;
    private static readonly uint[] s_table = [.. Enumerable.Range(0, 256).Select(Entry)];

    public static string Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes) crc = s_table[(crc ^ one) & 0xff] ^ (crc >> 8);
        var big = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(big, ~crc);
        return Convert.ToBase64String(big);
    }

    // It is a checksum here, and what the protocol asks for.
#pragma warning disable CA5351
    public static string Md5(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(MD5.HashData(bytes));
#pragma warning restore CA5351

    private static uint Entry(int index)
    {
        var value = (uint)index;
        for (var bit = 0; bit < 8; bit++) value = (value >> 1) ^ ((value & 1) * Castagnoli);
        return value;
    }
}
