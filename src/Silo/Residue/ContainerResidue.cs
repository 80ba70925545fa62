using System.Collections.Immutable;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Limits;

namespace Sandbox.Silo.Residue;

/// <summary>
/// Finds what there is of a server's containers and, at start, removes what a dead predecessor on the same data directory left. Servers on other data
/// directories are never touched: processes are known by the cgroups they are in and by runsc's --root in their command line, never by
/// their name alone.
/// </summary>
/// <param name="directories">The server's directories.</param>
/// <param name="cgroups">The server's cgroups; need not be prepared.</param>
/// <param name="logger">Says what was removed.</param>
internal sealed partial class ContainerResidue(ServerDirectories directories, ICgroupTree cgroups, ILogger<ContainerResidue> logger)
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>What is there now. Reads only; a running server's containers are in it.</summary>
    public ResidueReport Inspect()
    {
        var found = Cgroups().ToImmutableArray();
        var processes = new Dictionary<int, FoundProcess>();
        foreach (var process in ProcessHandle.OpenAll())
        {
            if (BelongsToServer(process))
                processes[process.Id] = new FoundProcess(process.Id, string.Join(' ', process.Arguments));
        }

        foreach (var id in found.SelectMany(directory => CgroupFile.ReadProcesses(directory + "/cgroup.procs")))
            processes.TryAdd(id, new FoundProcess(id, CgroupFile.TryRead($"/proc/{id}/comm")?.Trim() ?? "ended"));

        return new ResidueReport
        {
            Processes = [.. processes.Values],
            Cgroups = found,
            Bundles = Entries(directories.Bundles),
            RunscState = Entries(directories.RunscRoot),
            Mounts = [.. MountPoints().Where(point => point.StartsWith(directories.Data + "/", StringComparison.Ordinal))],
        };
    }

    /// <summary>
    /// Removes everything that <see cref="Inspect"/> finds, and notes where this server's cgroups are for its own successor. At start, with the data
    /// directory's lock held and before the first container: at any other time it would end the server's own.
    /// </summary>
    /// <returns>What was found and removed.</returns>
    /// <exception cref="IOException">Something could not be removed in time; the message names it.</exception>
    public async Task<ResidueReport> RemoveAsync(CancellationToken cancellationToken)
    {
        var found = Inspect();
        if (!found.IsEmpty)
        {
            LogFound(logger, found.Processes.Length, found.Bundles.Length, found.Cgroups.Length, found.Mounts.Length);
            LogEach(logger, found);
        }

        var started = TimeProvider.System.GetTimestamp();
        while (!TryRemoveProcesses())
        {
            if (TimeProvider.System.GetElapsedTime(started) > _deadline)
            {
                throw new IOException(
                    $"What an earlier server left on {directories.Data} cannot be removed. " +
                    $"Processes that hang in the kernel need a restart of the machine:\n{Inspect()}");
            }

            await Task.Delay(_pollInterval, cancellationToken);
        }

        foreach (var bundle in Entries(directories.Bundles))
            Directory.Delete(bundle, recursive: true);
        foreach (var file in Entries(directories.RunscRoot))
            File.Delete(file);

        directories.Make();
        await File.WriteAllLinesAsync(directories.CgroupRecord, cgroups.Parents, cancellationToken);
        return found;
    }

    private static ImmutableArray<string> Entries(string directory) =>
        Directory.Exists(directory) ? [.. Directory.EnumerateFileSystemEntries(directory)] : [];

    private static IEnumerable<string> MountPoints() =>
        from line in File.ReadLines("/proc/self/mountinfo")
        let fields = line.Split(' ')
        where fields.Length > 4
        select fields[4];

    private bool TryRemoveProcesses()
    {
        foreach (var process in ProcessHandle.OpenAll())
        {
            if (BelongsToServer(process))
                process.Kill();
        }

        foreach (var directory in Cgroups())
        {
            // Those that no command line names: processes of the guest. Held first and looked up again in the cgroup, so that an
            // id which went to another process meanwhile is let alone.
            CgroupFile.TryWrite(directory + "/freezer.state", "THAWED");
            CgroupFile.TryWrite(directory + "/cgroup.freeze", "0");
            foreach (var id in CgroupFile.ReadProcesses(directory + "/cgroup.procs"))
            {
                using var process = ProcessHandle.Open(id);
                if (CgroupFile.ReadProcesses(directory + "/cgroup.procs").Contains(id))
                    process?.Kill();
            }

            NativeDirectory.TryRemove(directory);
        }

        return !Cgroups().Any() && !ProcessHandle.OpenAll().Any(BelongsToServer);
    }

    private bool BelongsToServer(ProcessHandle process) => process.Arguments.Contains($"--root={directories.RunscRoot}", StringComparer.Ordinal);

    /// <summary>Cgroups of containers, of this server's and of its predecessors' parents.</summary>
    private IEnumerable<string> Cgroups()
    {
        var recorded = File.Exists(directories.CgroupRecord) ? File.ReadAllLines(directories.CgroupRecord) : [];
        return cgroups.Parents
            // The record of a copied data directory names the original's cgroups, which may be alive.
            .Concat(recorded.Where(parent => Path.GetFileName(parent) == directories.CgroupName))
            .Distinct(StringComparer.Ordinal)
            .Where(Directory.Exists)
            .SelectMany(Directory.EnumerateDirectories);
    }

    [LoggerMessage(1, LogLevel.Warning, "An earlier server left {Processes} processes, {Bundles} containers, {Cgroups} cgroups and {Mounts} mounts behind: removing them")]
    private static partial void LogFound(ILogger logger, int processes, int bundles, int cgroups, int mounts);

    [LoggerMessage(2, LogLevel.Debug, "What was left behind:\n{Found}")]
    private static partial void LogEach(ILogger logger, ResidueReport found);
}
