using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sandbox.Silo.Storage;

/// <summary>Directories whose names may be any bytes: .NET cannot list or remove a file whose name is not UTF-8.</summary>
internal static unsafe partial class DirectoryTree
{
    /// <summary>The names in an open directory, each with the NUL that ends it.</summary>
    public static List<byte[]> Entries(SafeFileHandle directory)
    {
        var names = new List<byte[]>();

        // A stream of its own, which begins at the beginning.
        var own = Posix.TryOpenAt(Posix.Fd(directory), ".\0"u8, Posix.ReadOnly | Posix.Directory, 0, out var error)
            ?? throw Posix.Failed(error, "open a directory");
        var stream = OpenStream(Posix.Fd(own));
        if (stream == 0)
        {
            own.Dispose();
            throw Posix.Failed(Marshal.GetLastPInvokeError(), "list a directory");
        }

        own.SetHandleAsInvalid();
        try
        {
            for (var entry = ReadNext(stream); entry != null; entry = ReadNext(stream))
            {
                // struct dirent: u64 inode, i64 offset, u16 length, u8 type, name.
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + 19);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    names.Add([.. name, 0]);
                }
            }
        }
        finally
        {
            _ = CloseStream(stream);
        }

        return names;
    }

    /// <summary>Removes a directory with everything in it, without following a link; nothing when there is none.</summary>
    public static void Remove(string path)
    {
        if (Posix.StatusAt(Posix.AtFdCwd, Posix.Bytes(path)) is { IsDirectory: true })
        {
            RemoveAt(Posix.AtFdCwd, Posix.Bytes(path));
        }
    }

    /// <summary>Bytes of the files in a directory and in those below it; links are not followed.</summary>
    public static long Size(string path)
    {
        using var directory = Posix.OpenDirectory(path);
        return SizeOf(directory);
    }

    private static long SizeOf(SafeFileHandle directory)
    {
        var size = 0L;
        foreach (var entry in Entries(directory))
        {
            if (Posix.StatusAt(Posix.Fd(directory), entry) is not { } status) continue;
            if (!status.IsDirectory)
            {
                size += status.IsRegular ? status.Size : 0;
                continue;
            }

            using var below = Posix.TryOpenAt(Posix.Fd(directory), entry, Posix.ReadOnly | Posix.Directory | Posix.NoFollow, 0, out var error)
                ?? throw Posix.Failed(error, "open a directory to measure it");
            size += SizeOf(below);
        }

        return size;
    }

    private static void RemoveAt(int parent, byte[] name)
    {
        // One descriptor a level: layers are at most 256 directories deep.
        using (var directory = Posix.TryOpenAt(parent, name, Posix.ReadOnly | Posix.Directory | Posix.NoFollow, 0, out var error)
            ?? throw Posix.Failed(error, "open a directory to remove it"))
        {
            foreach (var entry in Entries(directory))
            {
                if (Posix.StatusAt(Posix.Fd(directory), entry) is { IsDirectory: true })
                {
                    RemoveAt(Posix.Fd(directory), entry);
                }
                else
                {
                    Unlink(Posix.Fd(directory), entry, 0);
                }
            }
        }

        Unlink(parent, name, Posix.AtRemoveDirectory);
    }

    private static void Unlink(int directory, byte[] name, int flags)
    {
        fixed (byte* bytes = name)
        {
            Posix.Check(Posix.UnlinkAt(directory, bytes, flags), "remove a file");
        }
    }

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenStream(int fd);

    [LibraryImport("libc", EntryPoint = "readdir")]
    private static partial byte* ReadNext(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseStream(nint stream);
}
