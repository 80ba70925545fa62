using System.Globalization;

namespace Sandbox.Silo.Residue;

/// <summary>
/// Held by the one server of a data directory, as long as it lives: two would take each other's containers for residue. The kernel releases it
/// with the process, however that ends.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="DataDirectoryInUseException">Another server holds it.</exception>
    public static DataDirectoryLock Acquire(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, "server.lock");
        var holder = Path.Combine(dataDirectory, "server.pid");
        try
        {
            var held = new DataDirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            // A file of its own, since a locked one cannot be read.
            File.WriteAllText(holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return held;
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw new DataDirectoryInUseException(
                $"Another server (process {ReadHolder(holder)}) uses the data directory {dataDirectory}. " +
                "Stop it, or give this one a directory of its own (--data DIR).", e);
        }
    }

    /// <summary>Releases the lock. The files stay: removing a lock file would let two servers lock two files of one name.</summary>
    public void Dispose() => _file.Dispose();

    private static string ReadHolder(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "unknown";
        }
    }
}
