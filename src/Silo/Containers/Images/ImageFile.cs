using System.Text;

namespace Sandbox.Silo.Containers.Images;

/// <summary>One file of an image to be: an inode, with where its content comes from.</summary>
internal sealed class ImageFile
{
    private readonly List<(byte[] Name, ImageFile File)> _entries = [];

    private ImageFile(FileFacts facts, string? source, byte[] content)
    {
        Facts = facts;
        Source = source;
        Content = content;
    }

    /// <summary>Owner, mode, times.</summary>
    public FileFacts Facts { get; }

    /// <summary>The host's file that a regular file's content is read from; null where there is none.</summary>
    public string? Source { get; }

    /// <summary>Target of a symbolic link; empty for others.</summary>
    public byte[] Content { get; }

    /// <summary>Names in a directory, in the order in which they were added.</summary>
    public IReadOnlyList<(byte[] Name, ImageFile File)> Entries => _entries;

    /// <summary>Names that it has in the image.</summary>
    public uint Links { get; private set; }

    /// <summary>An empty directory, root's, that everyone may read.</summary>
    public static ImageFile Directory() => new(FileFacts.MadeDirectory, source: null, []);

    /// <summary>
    /// A directory of the host with all below it, in the order of its names: every host makes the same image of a layer, since a checkpoint knows
    /// files by the numbers of their inodes. Names of one file stay names of one file. Sockets are left out: they mean nothing in an image.
    /// </summary>
    /// <exception cref="IOException">Something in it cannot be read; also where a name is no UTF-8.</exception>
    public static ImageFile FromHost(string directory, CancellationToken cancellationToken) => FromHost(directory, [], cancellationToken);

    /// <summary>A regular file of the host, root's, that everyone may read and execute.</summary>
    public static ImageFile Program(string path)
    {
        var facts = FileFacts.Of(path);
        // When it was built or copied is no part of it.
        return new(facts with { Mode = (ushort)FileKind.Regular | 0x16d, User = 0, Group = 0, ModifiedSeconds = 0, ModifiedNanoseconds = 0 }, path, []);
    }

    /// <summary>Adds a name to a directory.</summary>
    public ImageFile Add(string name, ImageFile file)
    {
        _entries.Add((Encoding.UTF8.GetBytes(name), file));
        file.Links++;
        return this;
    }

    private static ImageFile FromHost(string path, Dictionary<(ulong, ulong), ImageFile> linked, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var facts = FileFacts.Of(path);
        if (facts.Kind != FileKind.Directory && facts.Links > 1 && linked.TryGetValue(facts.Identity, out var known))
            return known;

        var file = new ImageFile(
            facts,
            facts.Kind == FileKind.Regular ? path : null,
            facts.Kind == FileKind.Link ? Encoding.UTF8.GetBytes(new FileInfo(path).LinkTarget ?? "") : []);
        if (facts.Kind == FileKind.Directory)
        {
            foreach (var entry in System.IO.Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal))
            {
                var child = FromHost(entry, linked, cancellationToken);
                if (child.Facts.Kind != FileKind.Socket)
                    file.Add(Path.GetFileName(entry), child);
            }
        }
        else if (facts.Links > 1)
        {
            linked.Add(facts.Identity, file);
        }

        return file;
    }
}
