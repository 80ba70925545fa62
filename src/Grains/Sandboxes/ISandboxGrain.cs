using Orleans.Concurrency;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Events;
using Sandbox.Grains.Files;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Snapshots;

namespace Sandbox.Grains.Sandboxes;

/// <summary>One sandbox. Its key is <c>{owner}/{id}</c>. Access has been checked before a call comes here, except where a token is checked.</summary>
[Alias("sandbox")]
public interface ISandboxGrain : IGrainWithStringKey
{
    /// <summary>Creates it, or answers with the one that an equal request has created before.</summary>
    /// <param name="spec">What it is to be.</param>
    /// <param name="token">
    /// Its secret as the caller chose it, so that a lost answer loses nothing; null: one is made. A sandbox that is there must have this one.
    /// </param>
    /// <param name="cancellationToken">Takes a creation back that is still going on.</param>
    [Alias("create")]
    Task<Outcome<CreatedSandbox>> CreateAsync(SandboxSpec spec, string? token, CancellationToken cancellationToken = default);

    /// <summary>Whether a token opens it; compared in constant time against the stored hash.</summary>
    [AlwaysInterleave, Alias("check-token")]
    Task<bool> CheckTokenAsync(string token);

    /// <summary>Describes it. Not an activity.</summary>
    [AlwaysInterleave, Alias("describe")]
    Task<Outcome<SandboxDescription>> DescribeAsync();

    /// <summary>Reads anew what is stored of a sandbox that does not live here, since another host may have written it. For itself.</summary>
    [Alias("refresh")]
    Task RefreshAsync();

    /// <summary>Counts as an activity of a client.</summary>
    [AlwaysInterleave, Alias("touch")]
    Task<Outcome<SandboxDescription>> TouchAsync();

    /// <summary>Removes it. Removing what is removed changes nothing.</summary>
    [Alias("delete")]
    Task<Outcome<SandboxDescription>> DeleteAsync(string reason);

    /// <summary>Freezes it in place.</summary>
    [Alias("pause")]
    Task<Outcome<SandboxDescription>> PauseAsync();

    /// <summary>Lets it go on.</summary>
    [Alias("resume")]
    Task<Outcome<SandboxDescription>> ResumeAsync();

    /// <summary>Takes a checkpoint, with which nothing changes for the sandbox. One that sleeps is woken.</summary>
    [Alias("checkpoint")]
    Task<Outcome<CheckpointDescription>> CheckpointAsync(string? label, CancellationToken cancellationToken = default);

    /// <summary>Takes a snapshot of its files. One that sleeps is woken. For the snapshot's grain.</summary>
    [Alias("snapshot"), ResponseTimeout("00:10:00")]
    Task<Outcome<TakenSnapshot>> SnapshotAsync(string name, SnapshotOptions options, CancellationToken cancellationToken = default);

    /// <summary>Puts it to storage, with its programs. Suspending what is suspended changes nothing.</summary>
    [Alias("suspend")]
    Task<Outcome<SandboxDescription>> SuspendAsync();

    /// <summary>Suspends it for another host on the same store that asks for it, and tells its clients so first.</summary>
    [Alias("hand-over")]
    Task<Outcome<SandboxDescription>> HandOverAsync();

    /// <summary>Lets it, if it sleeps and there is room elsewhere, go on there, with whoever reads it. For its host, which is to stop.</summary>
    [Alias("make-way")]
    Task MakeWayAsync();

    /// <summary>Brings it back from storage. Restoring what runs changes nothing.</summary>
    [Alias("restore")]
    Task<Outcome<SandboxDescription>> RestoreAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Brings it back from storage; if its checkpoint cannot be restored, starts it with the files that lie beside that, which loses the programs that ran.
    /// </summary>
    [Alias("restore-cold")]
    Task<Outcome<SandboxDescription>> RestoreColdAsync(CancellationToken cancellationToken = default);

    /// <summary>Goes back to one of its checkpoints: what happened since is given up.</summary>
    [Alias("rewind")]
    Task<Outcome<SandboxDescription>> RewindAsync(string checkpointId, CancellationToken cancellationToken = default);

    /// <summary>Makes new sandboxes of its present state, under ids that are free. All of them or none.</summary>
    [Alias("fork")]
    Task<Outcome<ForkedSandboxes>> ForkAsync(string[] ids, CancellationToken cancellationToken = default);

    /// <summary>Creates it as a copy of another at a checkpoint. For that one's grain.</summary>
    [Alias("create-fork")]
    Task<Outcome<CreatedSandbox>> CreateForkAsync(SandboxFork fork, CancellationToken cancellationToken = default);

    /// <summary>Its checkpoints. Wakes nothing.</summary>
    [AlwaysInterleave, Alias("list-checkpoints")]
    Task<Outcome<CheckpointList>> ListCheckpointsAsync(CancellationToken cancellationToken = default);

    /// <summary>Deletes a checkpoint, but not the one that it goes on from. Answers with those that are left.</summary>
    [Alias("delete-checkpoint")]
    Task<Outcome<CheckpointList>> DeleteCheckpointAsync(string checkpointId, CancellationToken cancellationToken = default);

    /// <summary>What it uses now.</summary>
    [AlwaysInterleave, Alias("stats")]
    Task<Outcome<SandboxStats>> StatsAsync();

    /// <summary>Starts a program, once for an id. <paramref name="epoch"/> and <paramref name="timeline"/> are what the client knew at its first try.</summary>
    [AlwaysInterleave, Alias("start")]
    Task<Outcome<StartedProcess>> StartAsync(ProcessSpec spec, long? epoch, long? timeline, CancellationToken cancellationToken = default);

    /// <summary>Its processes, the newest 256 ended ones included.</summary>
    [AlwaysInterleave, Alias("list-processes")]
    Task<Outcome<ProcessList>> ListProcessesAsync();

    /// <summary>One process.</summary>
    [AlwaysInterleave, Alias("describe-process")]
    Task<Outcome<ProcessDescription>> DescribeProcessAsync(string processId);

    /// <summary>One process, as soon as it has ended or the time is over (20 s at most, below the grain call's own limit; callers repeat).</summary>
    [AlwaysInterleave, Alias("wait")]
    Task<Outcome<ProcessDescription>> WaitAsync(string processId, TimeSpan limit, CancellationToken cancellationToken = default);

    /// <summary>Sends a signal, 1 to 64, to a process, or to it and all that came from it.</summary>
    [AlwaysInterleave, Alias("signal")]
    Task<Outcome<ProcessDescription>> SignalAsync(string processId, int signal, bool group);

    /// <summary>Gives a process input from an offset on; what it was given before is taken once.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="offset">Of the first byte.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="token">
    /// What the caller has to show, if its token has not been checked: <see cref="CheckTokenAsync"/> in the same call, for a key that is typed has no time for two.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    [AlwaysInterleave, Alias("write-input")]
    Task<Outcome<InputTaken>> WriteInputAsync(string processId, long offset, byte[] data, string? token = null, CancellationToken cancellationToken = default);

    /// <summary>Ends a process's input at an offset.</summary>
    [AlwaysInterleave, Alias("end-input")]
    Task<Outcome<InputTaken>> EndInputAsync(string processId, long offset, CancellationToken cancellationToken = default);

    /// <summary>Gives a terminal a new size.</summary>
    [AlwaysInterleave, Alias("resize")]
    Task<Outcome<ProcessDescription>> ResizeAsync(string processId, int rows, int columns);

    /// <summary>
    /// Reads an output log from a cursor on. The last item is an <see cref="OutputEnd"/>, or an <see cref="OutputFailure"/>: the only item of a
    /// reading that cannot begin, and behind others where the log cannot be read any more. The reader keeps the cursor and acknowledges by <see cref="AcknowledgeAsync"/> where the process blocks on a full log.
    /// </summary>
    [AlwaysInterleave, Alias("read-output")]
    IAsyncEnumerable<OutputItem> ReadOutputAsync(
        string processId, ProcessChannel channel, OutputCursor from, bool follow, CancellationToken cancellationToken = default);

    /// <summary>Every byte before the offset has reached a client.</summary>
    [AlwaysInterleave, Alias("acknowledge")]
    Task AcknowledgeAsync(string processId, ProcessChannel channel, long offset);

    /// <summary>
    /// Reads, lists, watches files. The last item is a <see cref="FileEnd"/> or a <see cref="FileFailure"/>. A reading goes on by itself when the sandbox
    /// slept under it, as long as the file is the same; of everything else that ends with <see cref="FileErrorKind.Interrupted"/>.
    /// </summary>
    [AlwaysInterleave, Alias("query-files")]
    IAsyncEnumerable<FileItem> QueryFilesAsync(FileQuery query, CancellationToken cancellationToken = default);

    /// <summary>Writes a part of a file, at most <see cref="FileWrite.MostBytes"/>.</summary>
    [AlwaysInterleave, Alias("write-file")]
    Task<Outcome<FileWritten>> WriteFileAsync(FileWrite write, byte[] data, CancellationToken cancellationToken = default);

    /// <summary>Makes a directory, renames, copies, removes, sets permissions.</summary>
    [AlwaysInterleave, Alias("change-files")]
    Task<Outcome<FileChanged>> ChangeFilesAsync(FileChange change, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads its events behind a number; 0 is the sandbox's beginning. Ends behind the last event of a sandbox that is gone, at once where there is none,
    /// and without <paramref name="follow"/> at the log's present end.
    /// </summary>
    [AlwaysInterleave, Alias("read-events")]
    IAsyncEnumerable<SandboxEvent> ReadEventsAsync(long since, bool follow, CancellationToken cancellationToken = default);
}
