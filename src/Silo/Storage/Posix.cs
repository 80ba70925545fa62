using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sandbox.Silo.Storage;

/// <summary>
/// The system calls that .NET has no name for. Names are NUL-terminated bytes, because a file name on Linux is bytes and need not be UTF-8.
/// </summary>
internal static unsafe partial class Posix
{
    public const int AtFdCwd = -100;
    public const int AtSymlinkNoFollow = 0x100;
    public const int AtRemoveDirectory = 0x200;
    public const int AtEmptyPath = 0x1000;

    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int CloseOnExec = 0x80000;

    public const int TypeMask = 0xF000;
    public const int TypeDirectory = 0x4000;
    public const int TypeRegular = 0x8000;
    public const int TypeCharacterDevice = 0x2000;

    public const int NotFound = 2;
    public const int Interrupted = 4;
    public const int Exists = 17;
    public const int NotADirectory = 20;
    public const int TooManyLinks = 40;
    public const int NotSupported = 95;

    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int WouldBlock = 11;

    // These two differ between the architectures that runsc runs on.
    public static readonly int Directory = Arm ? 0x4000 : 0x10000;
    public static readonly int NoFollow = Arm ? 0x8000 : 0x20000;

    private static bool Arm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>The bytes of a path with the NUL that ends it.</summary>
    public static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path + '\0');

    /// <summary>Opens a path below a directory; null with the error number when that fails.</summary>
    public static SafeFileHandle? TryOpenAt(int directory, ReadOnlySpan<byte> path, int flags, uint mode, out int error)
    {
        fixed (byte* bytes = path)
        {
            int fd;
            do
            {
                fd = OpenAtRaw(directory, bytes, flags | CloseOnExec, mode);
                error = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
            }
            while (error == Interrupted);
            return fd < 0 ? null : new SafeFileHandle(fd, ownsHandle: true);
        }
    }

    /// <summary>Reads from an offset of an open file on. RandomAccess would ask first what kind of file it is.</summary>
    /// <returns>How many bytes: fewer than there is room for at the end of the file.</returns>
    public static int ReadAt(SafeFileHandle file, Span<byte> into, long offset)
    {
        fixed (byte* bytes = into)
        {
            while (true)
            {
                var got = ReadAtRaw(Fd(file), bytes, (nuint)into.Length, offset);
                if (got >= 0)
                {
                    return (int)got;
                }

                if (Marshal.GetLastPInvokeError() is not Interrupted and var error)
                {
                    throw Failed(error, "read a file");
                }
            }
        }
    }

    /// <summary>The length of an open file, by way of its position, which nothing here reads from.</summary>
    public static long LengthOf(SafeFileHandle file)
    {
        const int fromEnd = 2;
        var length = SeekRaw(Fd(file), 0, fromEnd);
        return length >= 0 ? length : throw Failed(Marshal.GetLastPInvokeError(), "measure a file");
    }

    /// <summary>Opens a directory by its whole path.</summary>
    public static SafeFileHandle OpenDirectory(string path) =>
        TryOpenAt(AtFdCwd, Bytes(path), ReadOnly | Directory, 0, out var error) ?? throw Failed(error, $"open the directory {path}");

    /// <summary>Makes what was created, renamed or removed in a directory outlive a power cut.</summary>
    public static void SyncDirectory(string path)
    {
        using var directory = OpenDirectory(path);
        Check(FSync(Fd(directory)), $"fsync {path}");
    }

    /// <summary>Takes the exclusive lock of an open file, waiting for it.</summary>
    public static void Lock(SafeFileHandle file)
    {
        while (FLock(Fd(file), LockExclusive) != 0)
        {
            if (Marshal.GetLastPInvokeError() is not Interrupted and var error)
            {
                throw Failed(error, "lock");
            }
        }
    }

    /// <summary>Takes the exclusive lock of an open file if nobody else has it.</summary>
    public static bool TryLock(SafeFileHandle file) =>
        FLock(Fd(file), LockExclusive | LockNonBlocking) == 0
        || (Marshal.GetLastPInvokeError() is WouldBlock or Interrupted ? false : throw Failed(Marshal.GetLastPInvokeError(), "lock"));

    /// <summary>Renames a file over another in one step. .NET's move would copy where the file system refuses.</summary>
    public static void Rename(string from, string to)
    {
        fixed (byte* source = Bytes(from), target = Bytes(to)) Check(RenameRaw(source, target), $"rename {from} to {to}");
    }

    /// <summary>The kernel's number of the type of file system that a path is on.</summary>
    public static long FileSystemType(string path)
    {
        // struct statfs begins with it.
        var buffer = stackalloc long[64];
        fixed (byte* bytes = Bytes(path)) Check(StatFileSystem(bytes, buffer), $"look at the file system of {path}");
        return *buffer;
    }

    /// <summary>Whether a type of file system is known to be this machine's own: then its times are those of this kernel's clock.</summary>
    /// <param name="type">Its number in the kernel.</param>
    public static bool IsLocal(long type)
    {
        const long ext = 0xEF53, xfs = 0x58465342, btrfs = 0x9123683E, zfs = 0x2FC12FC1, tmpfs = 0x01021994, overlay = 0x794C7630;
        return type is ext or xfs or btrfs or zfs or tmpfs or overlay;
    }

    /// <summary>What is known of a file, without following a link; null when there is none.</summary>
    public static FileStatus? StatusAt(int directory, ReadOnlySpan<byte> name, int flags = AtSymlinkNoFollow)
    {
        const uint basicStats = 0x7ff;
        var buffer = stackalloc byte[256];
        fixed (byte* bytes = name)
        {
            if (StatX(directory, bytes, flags, basicStats, buffer) == 0)
            {
                return new FileStatus(*(ushort*)(buffer + 28), *(uint*)(buffer + 20), *(uint*)(buffer + 128), *(uint*)(buffer + 132), *(long*)(buffer + 40));
            }
        }

        return Marshal.GetLastPInvokeError() is NotFound or NotADirectory ? null : throw Failed(Marshal.GetLastPInvokeError(), "stat");
    }

    /// <summary>The stamp of a file, without following a link; null when there is none.</summary>
    public static FileStamp? StampAt(int directory, ReadOnlySpan<byte> name, int flags = AtSymlinkNoFollow)
    {
        const uint changedInodeAndSize = 0x380;
        var buffer = stackalloc byte[256];
        fixed (byte* bytes = name)
        {
            if (StatX(directory, bytes, flags, changedInodeAndSize, buffer) == 0)
            {
                return new FileStamp(*(ulong*)(buffer + 32), (*(long*)(buffer + 96) * 1_000_000_000) + *(uint*)(buffer + 104), *(long*)(buffer + 40));
            }
        }

        return Marshal.GetLastPInvokeError() is NotFound or NotADirectory ? null : throw Failed(Marshal.GetLastPInvokeError(), "stat");
    }

    /// <summary>What no other file of this machine has, as long as its file system is mounted: the device's number and the file's.</summary>
    public static string FileNumber(string path)
    {
        const uint inode = 0x100;
        var buffer = stackalloc byte[256];
        fixed (byte* bytes = Bytes(path))
        {
            Check(StatX(AtFdCwd, bytes, 0, inode, buffer), $"stat {path}");
        }

        return $"{*(uint*)(buffer + 136)}:{*(uint*)(buffer + 140)}:{*(ulong*)(buffer + 32)}";
    }

    /// <summary>Throws with the last error unless the result is 0 or more.</summary>
    public static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw Failed(Marshal.GetLastPInvokeError(), what);
        }
    }

    /// <summary>The exception for an error number.</summary>
    public static IOException Failed(int error, string what)
    {
        var message = $"Cannot {what}: {new Win32Exception(error).Message} (error {error}).";
        return error == NotFound ? new DirectoryNotFoundException(message) : new IOException(message, error);
    }

    /// <summary>The number of an open file, which the caller keeps alive meanwhile.</summary>
    public static int Fd(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(int fd);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(int fd);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MakeDirectoryAt(int directory, byte* name, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(int directory, byte* name, int flags);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int SymbolicLinkAt(byte* target, int directory, byte* name);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true)]
    public static partial int LinkAt(int fromDirectory, byte* from, int toDirectory, byte* to, int flags);

    [LibraryImport("libc", EntryPoint = "mknodat", SetLastError = true)]
    public static partial int MakeNodeAt(int directory, byte* name, uint mode, ulong device);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true)]
    public static partial int ChangeOwnerAt(int directory, byte* name, uint user, uint group, int flags);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(int fd, uint mode);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    public static partial int SetTimesAt(int directory, byte* name, long* times, int flags);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    public static partial int SetTimes(int fd, long* times);

    [LibraryImport("libc", EntryPoint = "fsetxattr", SetLastError = true)]
    public static partial int SetExtendedAttribute(int fd, byte* name, byte* value, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Signal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAtRaw(int directory, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    private static partial nint ReadAtRaw(int fd, byte* into, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "lseek64", SetLastError = true)]
    private static partial long SeekRaw(int fd, long offset, int from);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(int fd, int operation);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true)]
    private static partial int RenameRaw(byte* from, byte* to);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true)]
    private static partial int StatFileSystem(byte* path, long* buffer);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int StatX(int directory, byte* path, int flags, uint mask, byte* buffer);
}
