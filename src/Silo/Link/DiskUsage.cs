using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

/// <summary>What the files of a sandbox take of the disk that holds what is written.</summary>
/// <param name="UsedBytes">Taken, 0 to <paramref name="TotalBytes"/>.</param>
/// <param name="TotalBytes">The disk's size: what CONFIGURE said, rounded up to a page at most.</param>
internal sealed record DiskUsage(long UsedBytes, long TotalBytes)
{
    /// <summary>Bytes of the payload.</summary>
    public const int Size = 16;

    private const ulong Page = 4_096;

    /// <summary>Reads a DISK_USAGE payload.</summary>
    /// <param name="payload">The <see cref="Size"/> bytes.</param>
    /// <param name="diskBytes">The size that the agent was told to give the disk.</param>
    /// <exception cref="LinkViolationException">The disk cannot be so large, or so full.</exception>
    public static DiskUsage Read(ReadOnlySpan<byte> payload, ulong diskBytes)
    {
        var used = BinaryPrimitives.ReadUInt64LittleEndian(payload);
        var total = BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]);
        return used <= total && total <= diskBytes + Page && total <= long.MaxValue
            ? new DiskUsage((long)used, (long)total)
            : throw new LinkViolationException(LinkRule.BadValue, $"{used} of {total} bytes cannot be taken on a disk of {diskBytes}");
    }
}
