using Microsoft.Win32.SafeHandles;

namespace Sandbox.Silo.Storage;

/// <summary>
/// Whether a directory's file system has what <see cref="DirectoryBlobStore"/> stands on: a rename that replaces in one step and leaves readers the
/// file that they opened, and locks. A mounted bucket has neither: its renames copy, its locks are the machine's own, and it can neither replace nor
/// delete one generation only.
/// </summary>
internal static class DirectoryProbe
{
    private const long Fuse = 0x65735546;

    /// <summary>Looks, and leaves nothing.</summary>
    /// <param name="names">Where blobs come to be.</param>
    /// <param name="temporary">Where they are written.</param>
    /// <returns>What it lacks, or null when it has all.</returns>
    public static string? Find(string names, string temporary)
    {
        if (Refusal(Posix.FileSystemType(names)) is { } refusal) return refusal;
        var probe = Path.Combine(temporary, $"probe-{Guid.NewGuid():N}");
        var target = Path.Combine(names, Path.GetFileName(probe));
        try
        {
            File.WriteAllText(target, "old");
            using var old = Open(target);
            using var other = Open(target);
            if (!Posix.TryLock(old) || Posix.TryLock(other)) return "its locks do not hold";
            File.WriteAllText(probe, "new");
            Posix.Rename(probe, target);
            if (First(old) != 'o' || File.ReadAllText(target) != "new") return "a rename does not replace a file in one step";
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
        finally
        {
            File.Delete(probe);
            File.Delete(target);
        }
    }

    /// <summary>Why a type of file system is refused, or null.</summary>
    /// <param name="type">Its number in the kernel.</param>
    public static string? Refusal(long type) => type == Fuse ? "it is on a FUSE file system, such as a mounted bucket" : null;

    /// <summary>Not by .NET, which locks what it opens.</summary>
    private static SafeFileHandle Open(string path) =>
        Posix.TryOpenAt(Posix.AtFdCwd, Posix.Bytes(path), Posix.ReadWrite, 0, out var error) ?? throw Posix.Failed(error, $"open {path}");

    private static char First(SafeFileHandle file)
    {
        Span<byte> first = stackalloc byte[1];
        return RandomAccess.Read(file, first, 0) == 1 ? (char)first[0] : '\0';
    }

    /// <summary>Says so, with the remedy.</summary>
    public static DataDirectoryException Refused(string directory, string why) => new(
        $"{directory} cannot hold blobs that several processes use: {why}. Use a directory of a local file system, or for a bucket of Cloud Storage --blobs gs://BUCKET.");
}
