using Sandbox.Grains.Execution;

namespace Sandbox.Grains.Hosting;

/// <summary>
/// The host below the grains: the machine that this silo runs on, which starts sandboxes. Grains decide what may happen and in which order;
/// the host carries it out.
/// </summary>
public interface ISandboxHost
{
    /// <summary>
    /// Runs one one-off in a fresh sandbox, which serves nothing else before or after. When the enumeration ends, in whatever way, the
    /// program is dead and its sandbox is being removed.
    /// </summary>
    /// <param name="request">What to run.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <returns>The events, in the order that <see cref="ExecutionEvent"/> describes.</returns>
    IAsyncEnumerable<ExecutionEvent> ExecuteAsync(ExecutionRequest request, CancellationToken cancellationToken);

    /// <summary>Whether this host can execute now, and if not, why.</summary>
    HostReadiness Readiness { get; }
}
