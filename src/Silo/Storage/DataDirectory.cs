namespace Sandbox.Silo.Storage;

/// <summary>
/// The directory that holds everything a host keeps: blobs, unpacked layers, work in progress. It belongs to the server's user alone (0700),
/// because unpacked layers hold setuid files that no other user of the machine may reach.
/// </summary>
internal sealed class DataDirectory
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private DataDirectory(string path) => Path = path;

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>Where the directory blob store keeps its blobs.</summary>
    public string Blobs => Below("blobs");

    /// <summary>Unpacked layers, one directory for each chain id.</summary>
    public string Layers => Below("layers");

    /// <summary>Work in progress; what a dead process left here may be removed.</summary>
    public string Temporary => Below("temporary");

    /// <summary>Parts of checkpoints that this host has made or fetched.</summary>
    public string Checkpoints => Below("checkpoints");

    /// <summary>The operator's keys.</summary>
    public string Keys => Below("keys");

    /// <summary>Output of running programs; nothing of a dead process is of use.</summary>
    public string Output => Below("output");

    /// <summary>Opens a data directory, and creates it when there is none; removes what processes that died left unfinished.</summary>
    /// <exception cref="DataDirectoryException">Others may enter it, it is not the server's, or it is no directory. The message has the remedy.</exception>
    public static DataDirectory Open(string path)
    {
        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        try
        {
            if (!Directory.Exists(full))
            {
                Directory.CreateDirectory(full, Private);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataDirectoryException($"The data directory {full} cannot be created: {exception.Message} Choose another with --data.", exception);
        }

        // A link may be swapped for another by whoever owns its parent; the directory that it names is what is checked and used.
        var target = Directory.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        Check(target);
        var data = new DataDirectory(target);
        foreach (var below in (string[])[data.Blobs, data.Layers, data.Temporary, data.Checkpoints, data.Keys])
        {
            Directory.CreateDirectory(below, Private);
            Check(below);
        }

        if (Directory.Exists(data.Output)) Directory.Delete(data.Output, recursive: true);
        WorkInProgress.RemoveLeftOvers(data.Layers);
        WorkInProgress.RemoveLeftOvers(data.Temporary);
        return data;
    }

    private static void Check(string path)
    {
        if (Posix.StatusAt(Posix.AtFdCwd, Posix.Bytes(path)) is not { IsDirectory: true } status)
        {
            throw new DataDirectoryException($"{path} is not a directory. Choose another data directory with --data.");
        }

        if (status.User != Posix.EffectiveUser())
        {
            throw new DataDirectoryException(
                $"The data directory {path} belongs to user {status.User}, not to this server's user {Posix.EffectiveUser()}. "
                + $"Run 'chown {Posix.EffectiveUser()} {path}', or choose another with --data.");
        }

        if ((status.Mode & 0x3F) != 0)
        {
            throw new DataDirectoryException(
                $"The data directory {path} can be entered by other users (mode {Convert.ToString(status.Mode & 0xFFF, 8)}). "
                + $"It holds setuid files of sandboxes: run 'chmod 700 {path}', or choose another with --data.");
        }
    }

    private string Below(string name) => System.IO.Path.Combine(Path, name);
}
