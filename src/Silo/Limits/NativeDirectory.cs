using System.Runtime.InteropServices;

namespace Sandbox.Silo.Limits;

/// <summary>rmdir itself: a cgroup's directory lists files, but is removed as if it were empty.</summary>
internal static partial class NativeDirectory
{
    private const int NoSuchEntry = 2;

    /// <summary>True when the directory is gone.</summary>
    public static bool TryRemove(string directory) => Remove(directory) == 0 || Marshal.GetLastPInvokeError() == NoSuchEntry;

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Remove(string directory);
}
