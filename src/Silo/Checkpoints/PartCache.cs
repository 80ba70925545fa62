namespace Sandbox.Silo.Checkpoints;

/// <summary>
/// Parts that this host stored or fetched, as files in a directory of its own, so that it does not fetch them again. Files are given out as hard
/// links: what was given out stays whole when it is evicted. Bounded: the least recently used go first.
/// </summary>
/// <remarks>
/// A file is trusted by its size and by a time of modification that only this class gives, which whoever writes to it through another link
/// changes. Files may be lost or torn when the machine falls, so the cache begins empty with every boot.
/// </remarks>
internal sealed class PartCache
{
    private const string BootFile = "boot";
    private static readonly DateTime _untouched = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly string _directory;
    private readonly long _capacity;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Size, long Used)> _files = new(StringComparer.Ordinal);
    private long _size;
    private long _uses;

    private PartCache(string directory, long capacity)
    {
        _directory = directory;
        _capacity = capacity;
    }

    /// <summary>Opens the cache in a directory that nothing else is in.</summary>
    /// <param name="directory">The directory; made when there is none.</param>
    /// <param name="capacity">The most bytes it keeps.</param>
    /// <param name="boot">Names this run of the machine.</param>
    public static PartCache Open(string directory, long capacity, string boot)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var cache = new PartCache(directory, capacity);
        var known = cache.PathOf(BootFile);
        if (!File.Exists(known) || File.ReadAllText(known) != boot)
        {
            foreach (var file in Directory.EnumerateFiles(directory)) File.Delete(file);
            File.WriteAllText(known, boot);
        }

        foreach (var file in new DirectoryInfo(directory).EnumerateFiles().Where(file => file.Name != BootFile).OrderBy(file => file.LastAccessTimeUtc))
        {
            cache._files[file.Name] = (file.Length, ++cache._uses);
            cache._size += file.Length;
        }

        cache.Evict();
        return cache;
    }

    /// <summary>What names this run of the machine.</summary>
    public static string Boot() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>Puts a part at a path where nothing is.</summary>
    /// <returns>False when it is not in the cache; nothing is at the path then.</returns>
    /// <exception cref="IOException">The disk is full, say.</exception>
    public bool TryTake(string owner, CheckpointPart part, string path)
    {
        var name = NameOf(owner, part);
        var file = PathOf(name);
        lock (_gate)
        {
            if (!_files.TryGetValue(name, out var known)) return false;
            if (!IsUntouched(file, part))
            {
                Remove(name);
                return false;
            }

            _files[name] = known with { Used = ++_uses };
            File.SetLastAccessTimeUtc(file, DateTime.UtcNow);
            if (HardLink.TryCreate(file, path)) return true;
        }

        return TryCopy(file, part, path);
    }

    /// <summary>Keeps a part whose file is on the same file system, and which nobody writes to any more.</summary>
    public void Keep(string owner, CheckpointPart part, string path)
    {
        if (part.Size > _capacity) return;
        var name = NameOf(owner, part);
        lock (_gate)
        {
            if (_files.ContainsKey(name)) return;
            File.SetLastWriteTimeUtc(path, _untouched);
            if (!HardLink.TryCreate(path, PathOf(name))) return;
            _files[name] = (part.Size, ++_uses);
            _size += part.Size;
            Evict();
        }
    }

    private static string NameOf(string owner, CheckpointPart part) => $"{owner}.sha256-{part.Digest.Hex}";

    private static bool IsUntouched(string path, CheckpointPart part) =>
        new FileInfo(path) is { Exists: true } file && file.Length == part.Size && file.LastWriteTimeUtc == _untouched;

    /// <summary>For a path on another file system. Made beside it first, so that half of it is never at the path.</summary>
    private static bool TryCopy(string file, CheckpointPart part, string path)
    {
        var temporary = path + ".copy";
        try
        {
            File.Copy(file, temporary, overwrite: true);
            if (new FileInfo(temporary).Length != part.Size || File.Exists(path)) return false;
            File.Move(temporary, path);
            return true;
        }
        catch (FileNotFoundException)
        {
            // Evicted meanwhile.
            return false;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private void Evict()
    {
        while (_size > _capacity) Remove(_files.MinBy(file => file.Value.Used).Key);
    }

    private void Remove(string name)
    {
        File.Delete(PathOf(name));
        _size -= _files[name].Size;
        _files.Remove(name);
    }

    private string PathOf(string name) => Path.Combine(_directory, name);
}
