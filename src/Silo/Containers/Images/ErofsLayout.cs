namespace Sandbox.Silo.Containers.Images;

/// <summary>
/// Where everything lies in an EROFS image: the superblock, then all inodes, then the content of each file from a block of its own on ("flat
/// plain": the sentry maps it into programs without a copy).
/// </summary>
internal sealed class ErofsLayout
{
    /// <summary>Bytes of a block; gVisor takes the page size only.</summary>
    public const int BlockSize = 4096;

    /// <summary>Bytes of an inode, in its extended form: with 32-bit owners and times.</summary>
    public const int InodeSize = 64;

    /// <summary>What the number of an inode counts in.</summary>
    private const int SlotSize = 32;

    /// <summary>Behind the superblock, at a multiple of the inodes' size, so that none crosses a block.</summary>
    private const int FirstInode = 1024 + 128;

    private readonly Dictionary<ImageFile, Place> _places = new(ReferenceEqualityComparer.Instance);

    private ErofsLayout()
    {
    }

    /// <summary>All files, parents before children; the order of their inodes and of their content.</summary>
    public List<ImageFile> Files { get; } = [];

    /// <summary>Offset of the first inode.</summary>
    public long InodesOffset => FirstInode;

    /// <summary>Blocks in all.</summary>
    public uint Blocks { get; private set; }

    /// <summary>Lays out a directory tree.</summary>
    /// <exception cref="IOException">It is larger than the format can hold (16 TiB).</exception>
    public static ErofsLayout Of(ImageFile root)
    {
        var layout = new ErofsLayout();
        layout.Number(root, parent: root);
        layout.PlaceContents();
        return layout;
    }

    /// <summary>Number of a file's inode.</summary>
    public ulong Inode(ImageFile file) => _places[file].Inode;

    /// <summary>The directory's parent.</summary>
    public ImageFile Parent(ImageFile directory) => _places[directory].Parent;

    /// <summary>First block of a file's content; 0 where it has none.</summary>
    public uint ContentBlock(ImageFile file) => _places[file].Block;

    /// <summary>Bytes of a file's content.</summary>
    public long ContentSize(ImageFile file) => _places[file].Size;

    private static long SizeOf(ImageFile file) => file.Facts.Kind switch
    {
        FileKind.Directory => ErofsDirectory.SizeOf(file),
        FileKind.Link => file.Content.Length,
        FileKind.Regular => file.Facts.Size,
        _ => 0,
    };

    private void Number(ImageFile file, ImageFile parent)
    {
        // A further name of a file that is there already.
        if (_places.ContainsKey(file))
            return;

        var inode = (ulong)(FirstInode / SlotSize) + ((ulong)Files.Count * (InodeSize / SlotSize));
        _places.Add(file, new Place(inode, parent, 0, 0));
        Files.Add(file);
        foreach (var (_, child) in file.Entries)
            Number(child, file);
    }

    private void PlaceContents()
    {
        var block = Ceiling(FirstInode + ((long)Files.Count * InodeSize));
        foreach (var file in Files)
        {
            var size = SizeOf(file);
            _places[file] = _places[file] with { Block = size == 0 ? 0 : checked((uint)block), Size = size };
            block += Ceiling(size);
        }

        Blocks = block <= uint.MaxValue ? (uint)block : throw new IOException("The layer is too large for an image.");
    }

    private static long Ceiling(long bytes) => (bytes + BlockSize - 1) / BlockSize;

    private readonly record struct Place(ulong Inode, ImageFile Parent, uint Block, long Size);
}
