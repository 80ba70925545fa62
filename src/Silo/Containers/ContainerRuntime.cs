using Sandbox.Silo.Limits;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Containers;

/// <summary>Starts containers on this machine for one server. Thread-safe.</summary>
internal sealed class ContainerRuntime
{
    private readonly ContainerRuntimeOptions _options;
    private readonly ServerDirectories _directories;
    private readonly AgentRoot _agentRoot;
    private readonly RunscCommand _command;
    private readonly ILogger<ContainerRuntime> _logger;

    /// <summary>Prepares directories and cgroups. The caller holds the data directory's lock and has removed residue.</summary>
    /// <exception cref="IOException">A directory or cgroup cannot be made.</exception>
    public ContainerRuntime(ContainerRuntimeOptions options, ServerDirectories directories, ICgroupTree cgroups, ILogger<ContainerRuntime> logger)
    {
        _options = options;
        _logger = logger;
        _directories = directories;
        Cgroups = cgroups;
        _directories.Make();
        Cgroups.Prepare();
        _agentRoot = AgentRoot.Prepare(_directories.AgentRoot, options.AgentFile);
        _command = options.Runsc.Command.WithGlobalFlags(RunscFlags.For(_directories.RunscRoot, options.Platform));
    }

    /// <summary>The cgroups of this server's containers, and what they cannot enforce.</summary>
    public ICgroupTree Cgroups { get; }

    /// <summary>Starts a container. Returns as soon as runsc was started (about 1 ms); the agent's first bytes come 100-150 ms later.</summary>
    /// <exception cref="ContainerStartException">The bundle, the cgroup or the process could not be made. Nothing of it is left.</exception>
    public Container Start(ContainerSpec spec)
    {
        if (spec.Layers.Length > AgentRoot.MaximumLayers)
            throw new ArgumentException($"A sandbox has at most {AgentRoot.MaximumLayers} layers, not {spec.Layers.Length}.", nameof(spec));
        // runsc's own words for it are "cannot read client sync file: EOF".
        if (spec.Layers.FirstOrDefault(layer => !Directory.Exists(layer)) is { } missing)
            throw new ContainerStartException($"Cannot start a container: its layer {missing} is not on this host (any more). Unpack it again.");

        var id = ContainerId.New(_directories.ServerName);
        var bundle = _directories.BundleOf(id);
        ICgroup? cgroup = null;
        try
        {
            cgroup = Cgroups.Create(id, spec.Limits);
            OciBundle.Write(bundle, _agentRoot, spec);
            var process = CommandFor(cgroup).WithArguments("run", "--bundle", bundle, id).Start();
            return new Container(id, process, cgroup, _directories, _options, _logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RunscException)
        {
            cgroup?.TryRemove();
            _directories.RemoveBundle(id);
            throw new ContainerStartException($"Cannot start container {id}: {e.Message}", e);
        }
    }

    private RunscCommand CommandFor(ICgroup cgroup)
    {
        if (cgroup.EntryFiles.IsEmpty)
            return _command;

        return _command.WithLauncher([_options.LauncherFile, .. cgroup.EntryFiles.SelectMany(file => new[] { "-g", file }), "--"]);
    }
}
