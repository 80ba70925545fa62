using Sandbox.Silo.Limits;
using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Containers;

/// <summary>Starts and restores containers on this machine for one server. Thread-safe.</summary>
internal sealed class ContainerRuntime
{
    private readonly ContainerRuntimeOptions _options;
    private readonly ServerDirectories _directories;
    private readonly AgentRoot _agentRoot;
    private readonly ILogger<ContainerRuntime> _logger;

    /// <summary>Prepares directories and cgroups. The caller holds the data directory's lock and has removed residue.</summary>
    /// <exception cref="IOException">A directory or cgroup cannot be made.</exception>
    /// <exception cref="RunscUnavailableException">Processor features shall be levelled, which this runsc cannot do.</exception>
    public ContainerRuntime(ContainerRuntimeOptions options, ServerDirectories directories, ICgroupTree cgroups, ILogger<ContainerRuntime> logger)
    {
        _options = options;
        _logger = logger;
        _directories = directories;
        Cgroups = cgroups;
        if (!options.CpuFeatures.IsEmpty)
            options.Runsc.RequireLevelling();
        _directories.Make();
        Cgroups.Prepare();
        _agentRoot = AgentRoot.Prepare(_directories.AgentRoot, options.AgentFile);
    }

    /// <summary>The cgroups of this server's containers, and what they cannot enforce.</summary>
    public ICgroupTree Cgroups { get; }

    /// <summary>Starts a container. Returns as soon as runsc was started (about 1 ms); the agent's first bytes come 100-150 ms later.</summary>
    /// <exception cref="ContainerStartException">The bundle, the cgroup or the process could not be made. Nothing of it is left.</exception>
    public Container Start(ContainerSpec spec) => Launch(spec, kept: false, "run", []);

    /// <summary>
    /// Restores a checkpoint into a container made for it, whose stdin and stdout are the guest's new ones. Returns as soon as runsc was started; the guest's
    /// first bytes come 170-220 ms later. An image that does not fit ends the container, with runsc's words in <see cref="ContainerExit.Stderr"/>:
    /// <see cref="RestoreComplaint"/> reads them.
    /// </summary>
    /// <param name="spec">Needs the <see cref="ContainerSpec.RestoreKey"/> of the container that was checkpointed. Its limits are the new container's own.</param>
    /// <param name="imageDirectory">What <see cref="Container.CheckpointAsync"/> wrote. May be removed once the guest has answered.</param>
    /// <exception cref="ContainerRestoreException">There is no whole image.</exception>
    /// <exception cref="ContainerStartException">The bundle, the cgroup or the process could not be made. Nothing of it is left.</exception>
    public Container Restore(ContainerSpec spec, string imageDirectory)
    {
        var image = CheckpointImage.TryOpen(imageDirectory)
            ?? throw new ContainerRestoreException(RestoreFailure.Image, $"There is no whole checkpoint in {imageDirectory}.");
        return Launch(spec, kept: false, "restore", [$"--image-path={image.Directory}"]);
    }

    /// <summary>Creates a container to restore into later. Takes 100-200 ms.</summary>
    /// <param name="spec">Needs the <see cref="ContainerSpec.RestoreKey"/> of what shall be restored into it. Its limits are the restored container's own.</param>
    /// <param name="cancellationToken">Gives up; nothing of it is left.</param>
    /// <exception cref="ContainerStartException">It could not be created. Nothing of it is left.</exception>
    public async Task<CreatedContainer> CreateAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var container = Launch(spec, kept: true, "create", []);
        try
        {
            await container.WaitUntilCreatedAsync(cancellationToken);
            return new CreatedContainer(container, spec);
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    private Container Launch(ContainerSpec spec, bool kept, string verb, IReadOnlyList<string> arguments)
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
            OciBundle.Write(bundle, _agentRoot, spec, _options.CpuFeatures);
            var command = (spec.Runsc ?? _options.Runsc).Command.WithGlobalFlags(RunscFlags.For(_directories.RunscRoot, _options.Platform, spec.HostNetwork));
            var pidFile = kept ? Path.Combine(bundle, "pid") : null;
            var process = command
                .WithLauncher(Launcher(cgroup, pidFile))
                .WithArguments([verb, .. arguments, .. pidFile is null ? Array.Empty<string>() : ["--pid-file", pidFile], "--bundle", bundle, id])
                .Start(verb == "restore" ? RunscCommand.StderrBytes : TailText.DefaultCapacity);
            return new Container(id, process, kept, command, cgroup, _directories, _options, _logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RunscException)
        {
            cgroup?.TryRemove();
            _directories.RemoveBundle(id);
            throw new ContainerStartException($"Cannot start container {id}: {e.Message}", e);
        }
    }

    private string[] Launcher(ICgroup cgroup, string? pidFile) => cgroup.EntryFiles.IsEmpty && pidFile is null
        ? []
        : [_options.LauncherFile, .. cgroup.EntryFiles.SelectMany(file => new[] { "-g", file }), .. pidFile is null ? Array.Empty<string>() : ["-k", pidFile], "--"];
}
