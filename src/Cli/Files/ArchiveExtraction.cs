using System.Formats.Tar;

namespace Sandboxes.Cli.Files;

/// <summary>
/// Takes an archive that a sandbox made, which may be anything, into a directory of this machine: names that lead out of it are refused, links are made last so
/// that nothing is written through one, none is made that leads out, and nothing gets more rights than reading, writing and running.
/// </summary>
internal static class ArchiveExtraction
{
    private const UnixFileMode Rights = (UnixFileMode)0x1ff;

    /// <summary>Extracts.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="directory">Where to; made where it is missing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UsageException">An entry is refused.</exception>
    public static async Task ExtractAsync(Stream archive, string directory, CancellationToken cancellationToken)
    {
        var root = Directory.CreateDirectory(directory).FullName;
        var links = new List<(string Path, string Target)>();
        await using var reader = new TarReader(archive, leaveOpen: true);
        while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            var path = PathOf(root, entry.Name);
            if (path == root) continue;
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    Directory.CreateDirectory(path);
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    File.Delete(path);
                    await WriteAsync(entry, path, cancellationToken);
                    break;
                case TarEntryType.SymbolicLink:
                    links.Add((path, entry.LinkName));
                    break;
            }
        }

        foreach (var (path, target) in links)
        {
            if (!LeadsOut(root, path, target))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.Delete(path);
                File.CreateSymbolicLink(path, target);
            }
            else
            {
                await Console.Error.WriteLineAsync($"sandbox: left out a link that leads out of the directory: {Printing.Printable.Text(Path.GetFileName(path))}");
            }
        }
    }

    private static async Task WriteAsync(TarEntry entry, string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        if (entry.DataStream is { } data) await data.CopyToAsync(file, cancellationToken);
        File.SetUnixFileMode(file.SafeFileHandle, entry.Mode & Rights);
        File.SetLastWriteTimeUtc(file.SafeFileHandle, entry.ModificationTime.UtcDateTime);
    }

    private static string PathOf(string root, string name)
    {
        var parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").ToArray();
        if (name.StartsWith('/') || parts.Contains("..", StringComparer.Ordinal)) throw new UsageException("The archive has a name that leads out of the directory.");
        var path = root;
        foreach (var part in parts)
        {
            // What was here before may be a link; one of the archive is not made yet.
            if (path != root && new FileInfo(path).LinkTarget is not null) throw new UsageException($"{path} is a link: nothing is written through it.");
            path = Path.Combine(path, part);
        }

        return path;
    }

    private static bool LeadsOut(string root, string path, string target)
    {
        var full = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, target));
        return full != root && !full.StartsWith(root + "/", StringComparison.Ordinal);
    }
}
