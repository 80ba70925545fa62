using System.Text;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Holding;

/// <summary>The name of a host, which belongs to its data directory: its file <c>host</c>, made on first use. A copy of the directory must not keep it.</summary>
internal static class HostName
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads it, or makes it. The caller has the directory for itself.</summary>
    /// <exception cref="DataDirectoryException">The file holds no name. The message has the remedy.</exception>
    public static string Of(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, "host");
        if (File.Exists(path))
        {
            var name = File.ReadAllText(path).Trim();
            return Guid.TryParseExact(name, "N", out _)
                ? name
                : throw new DataDirectoryException($"{path} does not hold this host's name. Remove it when no other host shares the store, or all are stopped.");
        }

        var made = Guid.NewGuid().ToString("N");
        using (var file = new FileStream(
            path + ".new", new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Private }))
        {
            file.Write(Encoding.ASCII.GetBytes(made));
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path);
        return made;
    }
}
