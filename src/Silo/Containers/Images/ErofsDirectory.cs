using System.Buffers.Binary;

namespace Sandbox.Silo.Containers.Images;

/// <summary>
/// The content of a directory: blocks, each with fixed entries and then their names, sorted by name over all blocks; <c>.</c> and <c>..</c> among them.
/// </summary>
internal static class ErofsDirectory
{
    private const int EntrySize = 12;

    /// <summary>Bytes of the content.</summary>
    public static long SizeOf(ImageFile directory)
    {
        var blocks = Blocks(directory);
        return ((blocks.Count - 1L) * ErofsLayout.BlockSize) + blocks[^1].Sum(entry => EntrySize + entry.Name.Length);
    }

    /// <summary>The content.</summary>
    public static byte[] Content(ImageFile directory, ErofsLayout layout)
    {
        var content = new byte[SizeOf(directory)];
        var start = 0;
        foreach (var block in Blocks(directory))
        {
            var nameOffset = block.Count * EntrySize;
            for (var i = 0; i < block.Count; i++)
            {
                var entry = content.AsSpan(start + (i * EntrySize));
                var file = block[i].File ?? (block[i].Name.Length == 1 ? directory : layout.Parent(directory));
                BinaryPrimitives.WriteUInt64LittleEndian(entry, layout.Inode(file));
                BinaryPrimitives.WriteUInt16LittleEndian(entry[8..], (ushort)nameOffset);
                entry[10] = TypeOf(file.Facts.Kind);
                block[i].Name.CopyTo(content, start + nameOffset);
                nameOffset += block[i].Name.Length;
            }

            start += ErofsLayout.BlockSize;
        }

        return content;
    }

    /// <summary>Entries by block; a null file is the directory itself or its parent.</summary>
    private static List<List<(byte[] Name, ImageFile? File)>> Blocks(ImageFile directory)
    {
        List<(byte[] Name, ImageFile? File)> entries = [("."u8.ToArray(), null), (".."u8.ToArray(), null), .. directory.Entries];
        entries.Sort((left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));

        var blocks = new List<List<(byte[] Name, ImageFile? File)>> { new() };
        var used = 0;
        foreach (var entry in entries)
        {
            var needed = EntrySize + entry.Name.Length;
            if (used + needed > ErofsLayout.BlockSize)
            {
                blocks.Add([]);
                used = 0;
            }

            blocks[^1].Add(entry);
            used += needed;
        }

        return blocks;
    }

    private static byte TypeOf(FileKind kind) => kind switch
    {
        FileKind.Regular => 1,
        FileKind.Directory => 2,
        FileKind.CharacterDevice => 3,
        FileKind.BlockDevice => 4,
        FileKind.Pipe => 5,
        FileKind.Socket => 6,
        FileKind.Link => 7,
        _ => 0,
    };
}
