using Microsoft.Extensions.Options;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Snapshots;

namespace Sandbox.Silo.Executions;

/// <summary>Starts sandboxes: container, agent, mounts, and for the pool the interpreter that waits.</summary>
internal sealed class SandboxFactory(
    ISandboxMachine machine, IOptions<SandboxOptions> options, TimeProvider time, ILoggerFactory loggers) : ISandboxFactory<StartedSandbox>
{
    /// <summary>The host name that programs see.</summary>
    public const string Hostname = "sandbox";

    private readonly SandboxOptions _options = options.Value;

    /// <summary>Starts one of the pool's: of the usual size, with an interpreter that waits.</summary>
    /// <inheritdoc/>
    public Task<StartedSandbox> StartAsync(CancellationToken cancellationToken) =>
        StartAsync(_options.Size, root: null, OneOffProgram.Mould, cancellationToken);

    /// <summary>Starts one of a size of its own, with nothing in it.</summary>
    /// <exception cref="SandboxStartException">It could not be started; nothing of it is left.</exception>
    public Task<StartedSandbox> StartAsync(SandboxSize size, CancellationToken cancellationToken) =>
        StartAsync(size, root: null, mould: null, cancellationToken);

    /// <summary>Starts one on layers of its own, with nothing in it.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="layers">The layers, lowest first.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="hostNetwork">Whether it has the host's network: then it is never checkpointed.</param>
    /// <exception cref="SandboxStartException">It could not be started; nothing of it is left.</exception>
    public async Task<StartedSandbox> StartAsync(
        SandboxSize size, IReadOnlyList<LayerDescriptor> layers, CancellationToken cancellationToken, bool hostNetwork = false)
    {
        var root = await OpenAsync(layers, agentDigest: null, cancellationToken);
        try
        {
            return await StartAsync(size, root, mould: null, cancellationToken, hostNetwork);
        }
        catch
        {
            root?.Dispose();
            throw;
        }
    }

    /// <summary>Creates a container of the usual size, for a checkpoint of this host to be restored into.</summary>
    /// <param name="root">What it stands on, the caller's; null for the template alone.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxStartException">It could not be created; nothing of it is left.</exception>
    public async Task<CreatedContainer> CreateAsync(SandboxRoot? root, CancellationToken cancellationToken)
    {
        try
        {
            return await machine.Containers.CreateAsync(machine.Fit(Spec(_options.Size, root)), cancellationToken);
        }
        catch (ContainerStartException e)
        {
            throw new SandboxStartException(e.Message, e);
        }
    }

    /// <summary>Starts one that goes on from a checkpoint.</summary>
    /// <param name="size">Its size, as it was.</param>
    /// <param name="manifest">The checkpoint.</param>
    /// <param name="imageDirectory">Where runsc's image lies.</param>
    /// <param name="image">Its link, as it was.</param>
    /// <param name="resumption">What its agent is told.</param>
    /// <param name="created">Gives a container that was created ahead and is as it is told, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="preloaded">The number of a Python in it that has imported modules and waits, or null.</param>
    /// <exception cref="SandboxStartException">It could not be started; nothing of it is left.</exception>
    /// <exception cref="CheckpointRefusedException">runsc cannot make a sandbox of the image here, however often it is tried.</exception>
    public async Task<StartedSandbox> RestoreAsync(
        SandboxSize size, CheckpointManifest manifest, string imageDirectory, LinkImage image, GuestResumption resumption,
        Func<ContainerSpec, CreatedContainer?> created, CancellationToken cancellationToken, uint? preloaded = null)
    {
        var root = await OpenAsync(manifest.Layers, manifest.Agent.Hex, cancellationToken);
        try
        {
            var spec = machine.Fit(Spec(size, root), manifest);
            return await RestoreAsync(
                spec, root, imageDirectory, image, resumption, created, (failure, message, inner) => NotRestored(manifest, failure, message, inner),
                preloaded, cancellationToken);
        }
        catch
        {
            root?.Dispose();
            throw;
        }
    }

    /// <summary>Starts a copy of a sandbox of this host in which no program runs, from a checkpoint that was taken just now.</summary>
    /// <param name="original">The sandbox.</param>
    /// <param name="imageDirectory">Where runsc's image lies.</param>
    /// <param name="image">Its link, as it was.</param>
    /// <param name="created">Gives a container that was created ahead and is as it is told, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxStartException">It could not be started; nothing of it is left.</exception>
    public async Task<StartedSandbox> CopyQuietAsync(
        StartedSandbox original, string imageDirectory, LinkImage image, Func<ContainerSpec, CreatedContainer?> created, CancellationToken cancellationToken)
    {
        var root = await OpenAsync(machine.StackOf(original.Root), original.Spec.Base?.AgentDigest, cancellationToken);
        try
        {
            var spec = original.Spec.Runsc is null ? machine.Fit(original.Spec) : original.Spec;
            var resumption = new GuestResumption { Restored = true, Quiet = true, Generation = GuestResumption.NewGeneration() };
            var copy = await RestoreAsync(
                spec, root, imageDirectory, image, resumption, created, (_, message, inner) => new SandboxStartException(message, inner),
                preloaded: null, cancellationToken);
            // What they had written is the original's to tell.
            foreach (var process in copy.Processes.Values) process.Dispose();
            return copy;
        }
        catch
        {
            root?.Dispose();
            throw;
        }
    }

    private async Task<StartedSandbox> RestoreAsync(
        ContainerSpec spec, SandboxRoot? root, string imageDirectory, LinkImage image, GuestResumption resumption,
        Func<ContainerSpec, CreatedContainer?> created, Func<RestoreFailure, string, Exception, Exception> explain, uint? preloaded,
        CancellationToken cancellationToken)
    {
        var container = await RestoreContainerAsync(spec, created(spec), imageDirectory, explain, cancellationToken);
        try
        {
            var (link, processes) = await GuestLink.RestoreAsync(
                container.ToGuest, container.FromGuest, image, resumption, time, loggers.CreateLogger<GuestLink>());
            return new StartedSandbox(container, spec, link, mould: null)
            {
                Processes = processes,
                Root = root,
                Preloaded = preloaded is { } number ? processes.GetValueOrDefault(number) : null,
            };
        }
        catch (Exception e)
        {
            await container.DisposeAsync();
            if (e is not LinkException) throw;
            var exit = await container.Exited;
            throw explain(RestoreComplaint.Read(exit.Stderr), $"{e.Message} runsc said: {RestoreComplaint.Shorten(exit.Stderr)}", e);
        }
    }

    /// <summary>Opens what a sandbox is to stand on; null for the template of now with the agent of now, which is open.</summary>
    /// <exception cref="SandboxStartException">It cannot be had.</exception>
    public async Task<SandboxRoot?> OpenAsync(IReadOnlyList<LayerDescriptor> layers, string? agentDigest, CancellationToken cancellationToken)
    {
        try
        {
            return layers.SequenceEqual([machine.Template]) && (agentDigest ?? machine.Base.AgentDigest) == machine.Base.AgentDigest
                ? null
                : await machine.Roots.OpenAsync(layers, agentDigest, cancellationToken);
        }
        catch (Exception e) when (e is LayerException or IOException)
        {
            throw new SandboxStartException(e.Message, e);
        }
    }

    private async Task<Container> RestoreContainerAsync(
        ContainerSpec spec, CreatedContainer? created, string imageDirectory, Func<RestoreFailure, string, Exception, Exception> explain, CancellationToken cancellationToken)
    {
        if (created is not null)
        {
            try
            {
                return await created.RestoreAsync(imageDirectory, cancellationToken);
            }
            catch (ContainerRestoreException e) when (e.Failure is RestoreFailure.Runsc)
            {
                // It had waited for long, and somebody may have ended it. One made for this image has the last word.
            }
            catch (ContainerRestoreException e)
            {
                throw explain(e.Failure, e.Message, e);
            }
        }

        try
        {
            return machine.Containers.Restore(spec, imageDirectory);
        }
        catch (ContainerRestoreException e)
        {
            throw explain(e.Failure, e.Message, e);
        }
        catch (ContainerStartException e)
        {
            throw new SandboxStartException(e.Message, e);
        }
    }

    private static Exception NotRestored(CheckpointManifest manifest, RestoreFailure failure, string message, Exception inner) =>
        failure is RestoreFailure.Image or RestoreFailure.Cpu or RestoreFailure.Filesystem
            ? new CheckpointRefusedException(
                CheckpointRefusalKind.Image, $"runsc cannot restore the checkpoint {manifest.Id} of {manifest.Sandbox} here ({failure}): {message} Use an older checkpoint.", inner)
            : new SandboxStartException(message, inner);

    private async Task<StartedSandbox> StartAsync(
        SandboxSize size, SandboxRoot? root, ProcessStart? mould, CancellationToken cancellationToken, bool hostNetwork = false)
    {
        var spec = Spec(size, root) with { HostNetwork = hostNetwork };
        var container = StartContainer(spec);
        GuestLink? link = null;
        try
        {
            link = await GuestLink.ConnectAsync(
                container.ToGuest, container.FromGuest, Configuration(size, spec), new GuestLinkOptions(), time,
                loggers.CreateLogger<GuestLink>(), cancellationToken);
            if (mould is null) return new StartedSandbox(container, spec, link, mould: null) { Root = root };
            var waiting = await link.StartAsync(mould, cancellationToken);
            return waiting.IsStarted
                ? new StartedSandbox(container, spec, link, waiting.Process)
                : throw new SandboxStartException($"The sandbox's Python could not be started ({waiting.Failure.Stage}): {waiting.Failure.Message}");
        }
        catch (Exception e)
        {
            if (link is not null) await link.DisposeAsync();
            await container.DisposeAsync();
            if (e is not LinkException) throw;
            var exit = await container.Exited;
            throw new SandboxStartException($"{e.Message} runsc said: {exit.Stderr}", e);
        }
    }

    private Container StartContainer(ContainerSpec spec)
    {
        try
        {
            return machine.Containers.Start(spec);
        }
        catch (ContainerStartException e)
        {
            throw new SandboxStartException(e.Message, e);
        }
    }

    private ContainerSpec Spec(SandboxSize size, SandboxRoot? root) => new()
    {
        Base = root?.Image ?? machine.Base,
        Layers = root?.Directories ?? [],
        Limits = new CgroupLimits
        {
            MemoryBytes = MemoryBudget.LimitBytes(size.MemoryBytes, size.DiskBytes),
            Processors = _options.Processors,
        },
    };

    private GuestConfiguration Configuration(SandboxSize size, ContainerSpec spec) => new()
    {
        Hostname = Hostname,
        Lower = spec.LowerPaths,
        DiskBytes = (ulong)size.DiskBytes,
        MemoryBytes = (ulong)size.MemoryBytes,
        Processes = (uint)size.Processes,
        OpenFiles = (uint)_options.OpenFiles,
        Generation = GuestResumption.NewGeneration(),
    };
}
