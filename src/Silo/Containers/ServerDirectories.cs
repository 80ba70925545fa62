namespace Sandbox.Silo.Containers;

/// <summary>Where one server keeps what belongs to its containers: <c>DATA/containers</c>, whose name no other server shares.</summary>
internal sealed class ServerDirectories
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <param name="dataDirectory">The server's data directory, which exists. Links on the way are resolved: one directory has one name.</param>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public ServerDirectories(string dataDirectory)
    {
        Data = RealPath.Of(dataDirectory);
        ServerName = ContainerId.ServerName(Data);
        RunscRoot = Path.Combine(Data, "containers", "runsc");
        Bundles = Path.Combine(Data, "containers", "bundles");
        AgentRoot = Path.Combine(Data, "containers", "root");
        Images = Path.Combine(Data, "images");
        CgroupRecord = Path.Combine(Data, "containers", "cgroups");
    }

    /// <summary>The data directory.</summary>
    public string Data { get; }

    /// <summary>The server's name on this machine, from the data directory's path.</summary>
    public string ServerName { get; }

    /// <summary>runsc's --root. Every process of a container, save those of the guest, has it in its command line.</summary>
    public string RunscRoot { get; }

    /// <summary>A bundle for each container.</summary>
    public string Bundles { get; }

    /// <summary>The containers' root filesystem.</summary>
    public string AgentRoot { get; }

    /// <summary>Root images; see <see cref="Images.RootImages"/>.</summary>
    public string Images { get; }

    /// <summary>File with the parents of the server's cgroups, a line each: a successor may be in other cgroups and still has to find them.</summary>
    public string CgroupRecord { get; }

    /// <summary>Name of the server's parent cgroup.</summary>
    public string CgroupName => $"sandbox-{ServerName}";

    /// <summary>The bundle of a container.</summary>
    public string BundleOf(string id) => Path.Combine(Bundles, id);

    /// <summary>Makes the directories.</summary>
    public void Make()
    {
        Directory.CreateDirectory(Path.Combine(Data, "containers"), Private);
        Directory.CreateDirectory(RunscRoot, Private);
        Directory.CreateDirectory(Bundles, Private);
    }

    /// <summary>Removes a container's bundle; nothing happens where there is none.</summary>
    public void RemoveBundle(string id)
    {
        try
        {
            Directory.Delete(BundleOf(id), recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Never made.
        }
    }

    /// <summary>
    /// Removes what runsc keeps of a container that no longer runs. runsc does so itself when a container ends by itself; this is for
    /// those whose runsc was killed, and spares the 20-40 ms of processor time that <c>runsc delete</c> costs.
    /// </summary>
    public void RemoveRunscState(string id)
    {
        // Such as ID_sandbox:ID.state, ID_sandbox:ID.lock and runsc-ID.sock; the names are runsc's own affair, the id in them is not.
        foreach (var file in Directory.EnumerateFiles(RunscRoot, $"*{id}*"))
            File.Delete(file);
    }
}
