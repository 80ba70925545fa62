using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Execution;
using Sandbox.Grains.Sandboxes;

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

    /// <summary>Starts a sandbox that stays. It is the host's own, by its key, until it is disposed of.</summary>
    /// <param name="key">The grain's key, <c>{owner}/{id}</c>.</param>
    /// <param name="spec">What it is to be.</param>
    /// <param name="cancellationToken">Gives the start up; nothing of it is left then.</param>
    Task<Outcome<ILiveSandbox>> StartSandboxAsync(string key, SandboxSpec spec, CancellationToken cancellationToken);

    /// <summary>
    /// Starts a sandbox that goes on from one of its checkpoints, with the programs that ran in it; or, where that is asked for, with the checkpoint's files alone: then all
    /// that ran has ended, and its output can be read where the checkpoint still has it.
    /// </summary>
    /// <param name="key">The grain's key, <c>{owner}/{id}</c>.</param>
    /// <param name="spec">What it is to be: as it was at the checkpoint in what the checkpoint holds, its size among it.</param>
    /// <param name="restore">How.</param>
    /// <param name="cancellationToken">Gives the start up; nothing of it is left then.</param>
    Task<Outcome<ILiveSandbox>> RestoreSandboxAsync(string key, SandboxSpec spec, CheckpointRestore restore, CancellationToken cancellationToken);

    /// <summary>The stored checkpoints.</summary>
    ICheckpointStore Checkpoints { get; }

    /// <summary>The stored snapshots.</summary>
    ISnapshotStore Snapshots { get; }

    /// <summary>The stored templates, and what builds them.</summary>
    ITemplateStore Templates { get; }

    /// <summary>Which host may run which sandbox; null where there is but one host ever.</summary>
    ISandboxHolding? Holding => null;

    /// <summary>What is known of the room on other hosts that grains can go to; null where there are none.</summary>
    IHostRooms? Rooms => null;

    /// <summary>The sandbox of a key that lives on this host, or null.</summary>
    ILiveSandbox? FindSandbox(string key);

    /// <summary>Whether this host can execute now, and if not, why.</summary>
    HostReadiness Readiness { get; }
}
