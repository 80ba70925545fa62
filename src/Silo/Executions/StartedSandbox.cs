using Sandbox.Silo.Containers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Snapshots;

namespace Sandbox.Silo.Executions;

/// <summary>A started sandbox: its container, the link to its agent, and, for those that may serve a one-off, a Python interpreter that waits to be poured.</summary>
internal sealed class StartedSandbox : IPooledSandbox
{
    public StartedSandbox(Container container, ContainerSpec spec, GuestLink link, GuestProcess? mould)
    {
        Container = container;
        Spec = spec;
        Link = link;
        Mould = mould;
        Ended = mould is null ? Link.Ended : Task.WhenAny(Link.Ended, mould.Exited);
    }

    /// <summary>The container, for what it uses and how it ended.</summary>
    public Container Container { get; }

    /// <summary>What the container was made with.</summary>
    public ContainerSpec Spec { get; }

    /// <summary>The link to its agent.</summary>
    public GuestLink Link { get; }

    /// <summary>The interpreter that waits, or null where none was started.</summary>
    public GuestProcess? Mould { get; }

    /// <summary>A Python that has imported modules and waits for the first program, or null. What else is started first ends it.</summary>
    public GuestProcess? Preloaded { get; init; }

    /// <summary>What it stands on, or null for the template alone. It goes with the sandbox.</summary>
    public SandboxRoot? Root { get; init; }

    /// <summary>Of one that was restored: the processes that were in it, by their numbers.</summary>
    public IReadOnlyDictionary<uint, GuestProcess> Processes { get; init; } = new Dictionary<uint, GuestProcess>();

    /// <summary>Completes, and never fails, when it is of no more use to a pool: one whose interpreter has ended is as one that is gone.</summary>
    public Task Ended { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Link.DisposeAsync();
        await Container.DisposeAsync();
        Root?.Dispose();
    }
}
