using System.Formats.Tar;

namespace Sandboxes.Files;

/// <summary>
/// Takes an archive that a sandbox made, which may be anything, into a directory of this machine: names that lead out of it are refused, and so is all but files, directories and
/// symbolic links. Links are made last, so that nothing is written through one, and none that leads out is made; nothing gets more rights than reading, writing and running.
/// </summary>
internal static class DirectoryUnpacking
{
    private const UnixFileMode Rights = (UnixFileMode)0x1ff;

    /// <summary>Unpacks.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="directory">Where to; made where it is missing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The links that would lead out of the directory, which were left out.</returns>
    /// <exception cref="ServerException">An entry is refused, or the archive is none.</exception>
    public static async Task<IReadOnlyList<string>> UnpackAsync(Stream archive, string directory, CancellationToken cancellationToken)
    {
        var root = Directory.CreateDirectory(directory).FullName;
        var links = new Dictionary<string, (string Name, string Target)>(StringComparer.Ordinal);
        var directories = new Dictionary<string, UnixFileMode>(StringComparer.Ordinal);
        var name = "";
        try
        {
            await using var reader = new TarReader(archive, leaveOpen: true);
            while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
            {
                name = entry.Name;
                var path = PathOf(root, name);
                if (path == root) continue;
                switch (entry.EntryType)
                {
                    case TarEntryType.Directory:
                        Directory.CreateDirectory(path);
                        directories[path] = entry.Mode & Rights;
                        break;
                    case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                        links.Remove(path);
                        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                        File.Delete(path);
                        await WriteAsync(entry, path, cancellationToken);
                        break;
                    case TarEntryType.SymbolicLink:
                        links[path] = (name, entry.LinkName);
                        break;
                    default:
                        throw Refused(name, "it is neither a file, nor a directory, nor a symbolic link");
                }
            }

            return [.. MakeLinks(root, links)];
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException or ArgumentException)
        {
            throw new ServerException($"The archive cannot be read, after the entry '{name}': {e.Message}", cause: e);
        }
        finally
        {
            // Last, and those below first: one that may not be written could not be filled.
            foreach (var (path, mode) in directories.OrderByDescending(pair => pair.Key.Length)) File.SetUnixFileMode(path, mode);
        }
    }

    private static IEnumerable<string> MakeLinks(string root, Dictionary<string, (string Name, string Target)> links)
    {
        foreach (var (path, (name, target)) in links)
        {
            if (LeadsOut(root, path, target))
            {
                yield return name;
                continue;
            }

            // Again: a link that was made just now may be on the way.
            _ = PathOf(root, name);
            if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null) throw Refused(name, "a directory has the link's name");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Delete(path);
            File.CreateSymbolicLink(path, target);
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
        if (name.StartsWith('/')) throw Refused(name, "its name is absolute");
        var parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").ToArray();
        if (parts.Contains("..", StringComparer.Ordinal)) throw Refused(name, "its name leads out of the directory");
        var path = root;
        foreach (var part in parts)
        {
            if (path != root && new FileInfo(path).LinkTarget is not null) throw Refused(name, "nothing is written through a link");
            path = Path.Combine(path, part);
        }

        return path;
    }

    /// <summary>
    /// Whether a link may lead out. <c>..</c> only counts at the target's beginning, where what it goes up are the directories that the link lies in: behind a name
    /// it would go up from wherever that leads.
    /// </summary>
    private static bool LeadsOut(string root, string path, string target)
    {
        var parts = target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").ToArray();
        var ups = parts.TakeWhile(part => part == "..").Count();
        return target.StartsWith('/') || parts.Skip(ups).Contains("..", StringComparer.Ordinal) || ups >= path[root.Length..].Count(c => c == '/');
    }

    private static ServerException Refused(string name, string reason) => new($"The archive's entry '{name}' is refused: {reason}.");
}
