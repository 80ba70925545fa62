namespace Sandbox.Silo.Containers;

/// <summary>Where one server keeps what belongs to its containers: <c>DATA/containers</c>, whose name no other server shares.</summary>
internal sealed class ServerDirectories
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <param name="dataDirectory">The server's data directory.</param>
    public ServerDirectories(string dataDirectory)
    {
        Data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataDirectory));
        ServerName = ContainerId.ServerName(Data);
        RunscRoot = Path.Combine(Data, "containers", "runsc");
        Bundles = Path.Combine(Data, "containers", "bundles");
        AgentRoot = Path.Combine(Data, "containers", "root");
    }

    /// <summary>The data directory.</summary>
    public string Data { get; }

    /// <summary>The server's name on this machine, from the data directory's path.</summary>
    public string ServerName { get; }

    /// <summary>runsc's --root. Its control sockets lie here, so it must be short: a socket's path has at most 107 bytes.</summary>
    public string RunscRoot { get; }

    /// <summary>A bundle for each container.</summary>
    public string Bundles { get; }

    /// <summary>The containers' root filesystem.</summary>
    public string AgentRoot { get; }

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
