using Sandbox.Silo.Containers;
using Sandbox.Silo.Link;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Executions;

/// <summary>A started sandbox for one one-off: its container, the link to its agent, and a Python interpreter that waits to be poured.</summary>
internal sealed class OneOffSandbox : IPooledSandbox
{
    public OneOffSandbox(Container container, GuestLink link, GuestProcess mould)
    {
        Container = container;
        Link = link;
        Mould = mould;
        Ended = EndedAsync();
    }

    /// <summary>The container, for what it uses and how it ended.</summary>
    public Container Container { get; }

    /// <summary>The link to its agent.</summary>
    public GuestLink Link { get; }

    /// <summary>The interpreter that waits.</summary>
    public GuestProcess Mould { get; }

    /// <inheritdoc/>
    public Task Ended { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Link.DisposeAsync();
        await Container.DisposeAsync();
    }

    /// <summary>A sandbox whose interpreter has ended is of no more use than one that is gone.</summary>
    private async Task EndedAsync() => await Task.WhenAny(Link.Ended, Mould.Exited);
}
