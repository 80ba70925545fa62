using System.Text;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Holding;

/// <summary>
/// The name of a host, by which it knows what an earlier life of it held. It belongs to a data directory: its file <c>host</c>, which also says where that directory
/// was when its server started last. Of hosts that share a store no two may have one name, which copies of a data directory, and machines made from one disk, would have.
/// </summary>
internal static class HostName
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads it, or makes it. The caller has the directory for itself.</summary>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="isAlone">Nobody else is on the store, so that the name is kept wherever the directory is now: it may have been brought back from a backup.</param>
    /// <exception cref="DataDirectoryException">The file holds no name. The message has the remedy.</exception>
    public static string Of(string dataDirectory, bool isAlone)
    {
        var path = Path.Combine(dataDirectory, "host");
        var place = PlaceOf(dataDirectory);
        var lines = File.Exists(path) ? File.ReadAllLines(path) : [];
        if (lines.Length > 0 && !Guid.TryParseExact(lines[0], "N", out _))
        {
            throw new DataDirectoryException($"{path} does not hold this host's name. Remove it when no other host shares the store, or all are stopped.");
        }

        var isHere = lines is [_, var was] && string.Equals(was, place, StringComparison.Ordinal);
        if (isHere) return lines[0];
        var name = lines.Length > 0 && isAlone ? lines[0] : Guid.NewGuid().ToString("N");
        Write(path, $"{name}\n{place}\n");
        return name;
    }

    /// <summary>Where a directory is: which start of which machine, which file system, which directory of it.</summary>
    private static string PlaceOf(string directory)
    {
        var machine = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        return $"{machine} {Posix.FileNumber(directory)}";
    }

    private static void Write(string path, string text)
    {
        using (var file = new FileStream(
            path + ".new", new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Private }))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
    }
}
