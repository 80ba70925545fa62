using System.Buffers.Binary;
using Sandbox.Grains.Files;

namespace Sandbox.Silo.Files;

/// <summary>The entry of docs/guest-protocol.md, 64 bytes, as a guest sent it: anything may be in it.</summary>
internal static class EntryRecord
{
    /// <summary>Bytes of an entry.</summary>
    public const int Size = 64;

    /// <summary>Reads one. What no file can have becomes the nearest that it can.</summary>
    public static FileEntry Read(ReadOnlySpan<byte> record, byte[] path, byte[]? target = null)
    {
        var size = (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(record[16..]), long.MaxValue);
        var seconds = BinaryPrimitives.ReadInt64LittleEndian(record[24..]);
        var nanoseconds = BinaryPrimitives.ReadUInt32LittleEndian(record[32..]);
        var changedNanoseconds = BinaryPrimitives.ReadUInt32LittleEndian(record[36..]);
        var changed = BinaryPrimitives.ReadInt64LittleEndian(record[40..]);
        var inode = BinaryPrimitives.ReadUInt64LittleEndian(record[48..]);
        return new FileEntry
        {
            Path = path,
            Type = record[0] is >= 1 and <= 5 ? (FileType)record[0] : FileType.Other,
            Mode = BinaryPrimitives.ReadUInt16LittleEndian(record[2..]) & 0xfff,
            Uid = BinaryPrimitives.ReadUInt32LittleEndian(record[4..]),
            Gid = BinaryPrimitives.ReadUInt32LittleEndian(record[8..]),
            Size = size,
            Modified = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, -62_135_596_800, 253_402_300_799))
                .AddTicks(seconds is > -62_135_596_800 and < 253_402_300_799 ? Math.Min(nanoseconds, 999_999_999) / 1_000_000 * TimeSpan.TicksPerMillisecond : 0),
            Tag = $"{inode:x}-{size:x}-{seconds:x}.{nanoseconds:x}-{changed:x}.{changedNanoseconds:x}",
            Target = target,
        };
    }
}
