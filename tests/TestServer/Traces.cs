namespace Sandbox.TestServer;

/// <summary>What a server has on this machine: everything that names its data directory, or a sandbox of it.</summary>
/// <param name="Processes">Command lines.</param>
/// <param name="Mounts">Lines of the mount table.</param>
/// <param name="Cgroups">Directories.</param>
/// <param name="Files">Entries of the data directory beside its blobs, layers and images.</param>
public sealed record Traces(IReadOnlyList<string> Processes, IReadOnlyList<string> Mounts, IReadOnlyList<string> Cgroups, IReadOnlyList<string> Files)
{
    /// <summary>Looks at the machine now.</summary>
    /// <param name="data">The server's data directory.</param>
    /// <param name="server">The server's own process, which is not a trace.</param>
    public static Traces Of(string data, int? server = null) => new(
        [.. RunningProcesses(data, server)],
        [.. File.ReadLines("/proc/mounts").Where(line => line.Contains(data, StringComparison.Ordinal))],
        [.. SandboxCgroups(data)],
        [.. Contents(data)]);

    private static IEnumerable<string> RunningProcesses(string data, int? server)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id) || id == server || id == Environment.ProcessId) continue;
            string commandLine;
            try
            {
                commandLine = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
            }
            catch (IOException)
            {
                continue; // It has ended since.
            }

            if (commandLine.Contains(data, StringComparison.Ordinal)) yield return $"{id} {commandLine}";
        }
    }

    /// <summary>The server's own cgroups, which go with it unless it is killed. It notes where they are, for a successor to find them.</summary>
    public static IEnumerable<string> ServerCgroups(string data)
    {
        var record = Path.Combine(data, "containers", "cgroups");
        return File.Exists(record) ? File.ReadAllLines(record).Where(Directory.Exists) : [];
    }

    private static IEnumerable<string> SandboxCgroups(string data) => ServerCgroups(data).SelectMany(Directory.EnumerateDirectories);

    private static IEnumerable<string> Contents(string data)
    {
        if (!Directory.Exists(data)) yield break;
        foreach (var entry in Directory.EnumerateFileSystemEntries(data))
        {
            if (Path.GetFileName(entry) is "blobs" or "layers" or "images") continue;
            yield return entry;
            if (!Directory.Exists(entry)) continue;
            foreach (var inner in Directory.EnumerateFileSystemEntries(entry, "*", SearchOption.AllDirectories)) yield return inner;
        }
    }
}
