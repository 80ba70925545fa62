using Microsoft.Win32.SafeHandles;

namespace Sandbox.Silo.Storage;

/// <summary>
/// The name of a file or directory that a process works on and that nobody wants if the process dies. A locked file beside it says that the
/// process lives; only local file systems will do.
/// </summary>
internal sealed class WorkInProgress : IDisposable
{
    private const string Prefix = "unfinished-";
    private const string LockSuffix = ".lock";
    private readonly SafeFileHandle _lock;

    private WorkInProgress(string path, SafeFileHandle handle)
    {
        Path = path;
        _lock = handle;
    }

    /// <summary>Where to work: nothing is there yet.</summary>
    public string Path { get; }

    /// <summary>Reserves a name in a directory.</summary>
    public static WorkInProgress Begin(string directory)
    {
        while (true)
        {
            var path = System.IO.Path.Combine(directory, Prefix + Guid.NewGuid().ToString("N"));
            var handle = OpenLock(path + LockSuffix);

            // A process that starts at this moment may have taken it for a left-over before it was locked.
            if (Posix.TryLock(handle) && File.Exists(path + LockSuffix))
            {
                return new WorkInProgress(path, handle);
            }

            handle.Dispose();
        }
    }

    /// <summary>Removes what processes that died left in a directory.</summary>
    public static void RemoveLeftOvers(string directory)
    {
        foreach (var file in Directory.EnumerateFiles(directory, Prefix + "*" + LockSuffix).ToList())
        {
            using var handle = OpenLock(file);
            if (Posix.TryLock(handle))
            {
                Remove(file[..^LockSuffix.Length]);
            }
        }
    }

    /// <summary>Removes what is still at the name, and gives the name back.</summary>
    public void Dispose()
    {
        try
        {
            Remove(Path);
        }
        finally
        {
            _lock.Dispose();
        }
    }

    private static void Remove(string path)
    {
        DirectoryTree.Remove(path);
        File.Delete(path);
        File.Delete(path + LockSuffix);
    }

    private static SafeFileHandle OpenLock(string path) =>
        Posix.TryOpenAt(Posix.AtFdCwd, Posix.Bytes(path), Posix.ReadWrite | Posix.Create | Posix.NoFollow, 0x180, out var error)
        ?? throw Posix.Failed(error, $"open {path}");
}
