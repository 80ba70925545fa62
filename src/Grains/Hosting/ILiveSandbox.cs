using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Files;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;

namespace Sandbox.Grains.Hosting;

/// <summary>
/// A sandbox that runs on this host. The host owns it, by its key, until it is disposed of; a grain that was deactivated meanwhile finds it again.
/// Thread-safe; no call waits for a program.
/// </summary>
public interface ILiveSandbox : IAsyncDisposable
{
    /// <summary>Completes, and never fails, when the sandbox has ended by whatever cause: why, for a person.</summary>
    Task<string> Ended { get; }

    /// <summary>The epoch in which this host holds it; 0 on a host that no other shares sandboxes with.</summary>
    long Epoch => 0;

    /// <summary>Whether this host may let anything pass between it and anyone.</summary>
    bool IsHeld => true;

    /// <summary>Whether, when it came out of a checkpoint, there was something in the directory of its hooks.</summary>
    bool HasHooks => false;

    /// <summary>What it has lost, where it was started with a checkpoint's files alone; else null.</summary>
    ColdStart? Cold => null;

    /// <summary>Its processes in the order of their starts: all that run, and the newest 256 that have ended.</summary>
    IReadOnlyList<ILiveProcess> Processes { get; }

    /// <summary>Raised, on any thread, when a process has started or has ended. Handlers must be quick and must not throw.</summary>
    event Action<ILiveProcess>? ProcessChanged;

    /// <summary>Raised, on any thread, when another host asks for it: whoever answers for it is to suspend it. Handlers must be quick and must not throw.</summary>
    event Action? Wanted
    {
        add { }
        remove { }
    }

    /// <summary>Freezes it in place. Freezing twice changes nothing.</summary>
    Task PauseAsync(CancellationToken cancellationToken);

    /// <summary>Lets it go on.</summary>
    Task ResumeAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What it uses now. Waits a second at most for what only the sandbox itself knows; while it is paused or does not answer, that is what was known last.
    /// </summary>
    Task<SandboxStats> ReadStatsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Takes a checkpoint. A sandbox that is suspended with it takes no more calls when this completes, and is to be disposed of; its processes do not end.
    /// Whatever fails, it goes on as before.
    /// </summary>
    Task<Outcome<CheckpointDescription>> CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken);

    /// <summary>Takes a snapshot of its files, while its programs go on.</summary>
    /// <param name="name">The snapshot's name, of the sandbox's owner.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Gives up; nothing of it is left.</param>
    Task<Outcome<TakenSnapshot>> SnapshotAsync(string name, SnapshotOptions options, CancellationToken cancellationToken);

    /// <summary>Starts a program, once for an id: a second start of an id answers with the first one's process.</summary>
    Task<Outcome<LiveProcessStart>> StartAsync(ProcessSpec spec, CancellationToken cancellationToken);

    /// <summary>Reads, lists, watches files. The last item is a <see cref="FileEnd"/> or a <see cref="FileFailure"/>.</summary>
    IAsyncEnumerable<FileItem> QueryFilesAsync(FileQuery query, CancellationToken cancellationToken);

    /// <summary>Writes a part of a file.</summary>
    Task<Outcome<FileWritten>> WriteFileAsync(FileWrite write, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Changes what is at a path.</summary>
    Task<Outcome<FileChanged>> ChangeFilesAsync(FileChange change, CancellationToken cancellationToken);

    /// <summary>The process of an id, or null.</summary>
    ILiveProcess? Find(string processId);
}

/// <summary>A start's outcome.</summary>
/// <param name="Process">The process.</param>
/// <param name="Known">True when it had been started before.</param>
public sealed record LiveProcessStart(ILiveProcess Process, bool Known);
