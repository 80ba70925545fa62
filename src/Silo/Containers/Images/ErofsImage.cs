using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sandbox.Silo.Containers.Images;

/// <summary>
/// Writes an EROFS image, the read-only filesystem that gVisor reads without a gofer. Uncompressed; the format is described in the kernel's
/// Documentation/filesystems/erofs.rst. Extended attributes are left out: gVisor does not read them from an image.
/// </summary>
internal static class ErofsImage
{
    private const uint Magic = 0xe0f5e1e2;
    private const int SuperBlockOffset = 1024;
    private const int UuidOffset = 48;
    private const int BlockBits = 12;

    /// <summary>Version 1 (64 bytes), layout 0 (flat plain).</summary>
    private const ushort InodeFormat = 1;

    /// <summary>Writes an image of a directory tree from the beginning of a stream.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="root">The directory tree.</param>
    /// <param name="identity">Names the content. With the layout it makes the image's UUID, by which gVisor tells at a restore that it has another image.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="IOException">A file cannot be read or changed its size meanwhile.</exception>
    public static async Task WriteAsync(Stream stream, ImageFile root, string identity, CancellationToken cancellationToken)
    {
        var layout = ErofsLayout.Of(root);

        await stream.WriteAsync(SuperBlock(layout, root, identity), cancellationToken);
        foreach (var (file, index) in layout.Files.Select((file, index) => (file, index)))
            await stream.WriteAsync(Inode(layout, file, (uint)index + 1), cancellationToken);
        await PadAsync(stream, cancellationToken);

        foreach (var file in layout.Files)
        {
            await WriteContentAsync(stream, layout, file, cancellationToken);
            await PadAsync(stream, cancellationToken);
        }
    }

    private static byte[] SuperBlock(ErofsLayout layout, ImageFile root, string identity)
    {
        var bytes = new byte[layout.InodesOffset];
        var block = bytes.AsSpan(SuperBlockOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(block, Magic);
        block[12] = BlockBits;
        BinaryPrimitives.WriteUInt16LittleEndian(block[14..], checked((ushort)layout.Inode(root)));
        BinaryPrimitives.WriteUInt64LittleEndian(block[16..], (ulong)layout.Files.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(block[36..], layout.Blocks);
        Uuid(layout, identity).CopyTo(block[UuidOffset..]);
        return bytes;
    }

    private static ReadOnlySpan<byte> Uuid(ErofsLayout layout, string identity)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(identity));
        Span<byte> place = stackalloc byte[14];
        foreach (var file in layout.Files)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(place, file.Facts.Mode);
            BinaryPrimitives.WriteInt64LittleEndian(place[2..], layout.ContentSize(file));
            BinaryPrimitives.WriteUInt32LittleEndian(place[10..], layout.ContentBlock(file));
            hash.AppendData(place);
            if (file.Facts.Kind == FileKind.Directory)
                hash.AppendData(ErofsDirectory.Content(file, layout));
        }

        return hash.GetHashAndReset().AsSpan(0, 16);
    }

    private static byte[] Inode(ErofsLayout layout, ImageFile file, uint number)
    {
        var inode = new byte[ErofsLayout.InodeSize];
        var facts = file.Facts;
        var isDevice = facts.Kind is FileKind.CharacterDevice or FileKind.BlockDevice;
        BinaryPrimitives.WriteUInt16LittleEndian(inode, InodeFormat);
        BinaryPrimitives.WriteUInt16LittleEndian(inode.AsSpan(4), facts.Mode);
        BinaryPrimitives.WriteInt64LittleEndian(inode.AsSpan(8), layout.ContentSize(file));
        BinaryPrimitives.WriteUInt32LittleEndian(inode.AsSpan(16), isDevice ? facts.Device : layout.ContentBlock(file));
        BinaryPrimitives.WriteUInt32LittleEndian(inode.AsSpan(20), number);
        BinaryPrimitives.WriteUInt32LittleEndian(inode.AsSpan(24), facts.User);
        BinaryPrimitives.WriteUInt32LittleEndian(inode.AsSpan(28), facts.Group);
        BinaryPrimitives.WriteInt64LittleEndian(inode.AsSpan(32), facts.ModifiedSeconds);
        BinaryPrimitives.WriteUInt32LittleEndian(inode.AsSpan(40), facts.ModifiedNanoseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(inode.AsSpan(44), Links(file));
        return inode;
    }

    /// <summary>A directory has its name, its "." and the ".." of each directory in it; the root's name is its "..".</summary>
    private static uint Links(ImageFile file) => file.Facts.Kind == FileKind.Directory
        ? 2 + (uint)file.Entries.Count(entry => entry.File.Facts.Kind == FileKind.Directory)
        : file.Links;

    private static async Task WriteContentAsync(Stream stream, ErofsLayout layout, ImageFile file, CancellationToken cancellationToken)
    {
        if (file.Facts.Kind == FileKind.Directory)
        {
            await stream.WriteAsync(ErofsDirectory.Content(file, layout), cancellationToken);
        }
        else if (file.Source is { } source && file.Facts.Size > 0)
        {
            var start = stream.Position;
            await using var content = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            await content.CopyToAsync(stream, cancellationToken);
            if (stream.Position - start != file.Facts.Size)
                throw new IOException($"{source} changed while an image was made of it. A layer must not change; unpack it again.");
        }
        else
        {
            await stream.WriteAsync(file.Content, cancellationToken);
        }
    }

    private static async Task PadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var over = (int)(stream.Position % ErofsLayout.BlockSize);
        if (over > 0)
            await stream.WriteAsync(new byte[ErofsLayout.BlockSize - over], cancellationToken);
    }
}
