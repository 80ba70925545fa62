using Microsoft.Extensions.Options;
using Sandbox.Silo.Containers;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Executions;

/// <summary>Starts sandboxes for one-offs: container, agent, mounts, and the interpreter that waits.</summary>
internal sealed class OneOffFactory(
    HostMachine machine, IOptions<SandboxOptions> options, TimeProvider time, ILoggerFactory loggers) : ISandboxFactory<OneOffSandbox>
{
    private readonly SandboxOptions _options = options.Value;

    /// <inheritdoc/>
    public async Task<OneOffSandbox> StartAsync(CancellationToken cancellationToken)
    {
        var container = StartContainer();
        GuestLink? link = null;
        try
        {
            link = await GuestLink.ConnectAsync(
                container.ToGuest, container.FromGuest, Configuration(), new GuestLinkOptions(), time,
                loggers.CreateLogger<GuestLink>(), cancellationToken);
            var mould = await link.StartAsync(OneOffProgram.Mould, cancellationToken);
            return mould.IsStarted
                ? new OneOffSandbox(container, link, mould.Process)
                : throw new SandboxStartException($"The sandbox's Python could not be started ({mould.Failure.Stage}): {mould.Failure.Message}");
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

    private Container StartContainer()
    {
        try
        {
            return machine.Containers.Start(Spec());
        }
        catch (ContainerStartException e)
        {
            throw new SandboxStartException(e.Message, e);
        }
    }

    private ContainerSpec Spec() => new()
    {
        Base = machine.Base,
        Limits = new CgroupLimits
        {
            MemoryBytes = MemoryBudget.LimitBytes(_options.MemoryBytes, _options.DiskBytes),
            Processors = _options.Processors,
        },
    };

    private GuestConfiguration Configuration() => new()
    {
        Hostname = "sandbox",
        Lower = Spec().LowerPaths,
        DiskBytes = (ulong)_options.DiskBytes,
        MemoryBytes = (ulong)_options.MemoryBytes,
        Processes = (uint)_options.Processes,
        OpenFiles = (uint)_options.OpenFiles,
    };
}
