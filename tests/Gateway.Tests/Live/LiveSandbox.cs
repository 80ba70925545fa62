using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Files;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;

namespace Sandbox.Gateway.Tests.Live;

/// <summary>A sandbox without a container, below the real grain.</summary>
internal sealed class LiveSandbox(string key, SandboxSpec spec, long timeline, LiveCheckpoints checkpoints, Action removed) : ILiveSandbox
{
    private readonly Lock _gate = new();
    private readonly List<LiveProcess> _processes = [];
    private bool _suspended;
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public event Action<ILiveProcess>? ProcessChanged;

    public SandboxSpec Spec => spec;

    public ColdStart? Cold { get; init; }

    public Task<string> Ended => _ended.Task;

    /// <summary>Bytes that an output log of a new process keeps.</summary>
    public int LogBytes { get; set; } = 64 << 20;

    /// <summary>Thrown by the next start, once.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What a checkpoint waits for.</summary>
    public Task? HoldCheckpoints { get; set; }

    /// <summary>What a checkpoint answers instead.</summary>
    public SandboxError? CheckpointFailure { get; set; }

    public IReadOnlyList<ILiveProcess> Processes
    {
        get
        {
            lock (_gate) return [.. _processes];
        }
    }

    public Task PauseAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ResumeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<SandboxStats> ReadStatsAsync(CancellationToken cancellationToken) => Task.FromResult(new SandboxStats
    {
        Cpu = TimeSpan.FromSeconds(1.25),
        MemoryBytes = 14,
        MemoryLimitBytes = spec.MemoryBytes,
        DiskBytes = 4_096,
        DiskLimitBytes = spec.DiskBytes,
        Processes = Processes.Count(process => !process.Ended.IsCompleted),
        Uptime = TimeSpan.FromSeconds(2),
    });

    public Task<Outcome<TakenSnapshot>> SnapshotAsync(string name, SnapshotOptions options, CancellationToken cancellationToken)
    {
        var snapshot = new SnapshotDescription { Name = name, Created = DateTimeOffset.UnixEpoch, Bytes = 1, LayerCount = 2, Labels = options.Labels };
        return Task.FromResult(new Outcome<TakenSnapshot> { Value = new TakenSnapshot { Snapshot = snapshot, Changed = options.Consistent ? [] : ["srv/changed"], LeftOut = ["srv/fifo"] } });
    }

    public async Task<Outcome<CheckpointDescription>> CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken)
    {
        if (HoldCheckpoints is { } hold) await hold.WaitAsync(cancellationToken);
        if (CheckpointFailure is { } failure) return new Outcome<CheckpointDescription> { Error = failure };
        lock (_gate)
        {
            _suspended = request.Suspend;
            return new Outcome<CheckpointDescription> { Value = checkpoints.Add(key, request, [.. _processes.Select(process => process.Copy(timeline))]) };
        }
    }

    /// <summary>Goes on with the programs of a checkpoint.</summary>
    public void TakeOver(LiveProcess[] processes)
    {
        foreach (var process in processes) process.Changed = Tell;
        lock (_gate) _processes.AddRange(processes);
    }

    public Task<Outcome<LiveProcessStart>> StartAsync(ProcessSpec process, CancellationToken cancellationToken)
    {
        if (Failure is { } failure)
        {
            Failure = null;
            throw failure;
        }

        LiveProcess started;
        lock (_gate)
        {
            if (_suspended) return Refused(SandboxErrorCode.Conflict, "It was suspended.");
            if (Find(process.Id) is { } known) return Answer(known, known: true);
            started = new LiveProcess(process, 100 + _processes.Count, LogBytes, timeline) { Changed = Tell };
            _processes.Add(started);
        }

        ProcessChanged?.Invoke(started);
        return Answer(started, known: false);
    }

    public LiveFiles Files { get; } = new();

    public IAsyncEnumerable<FileItem> QueryFilesAsync(FileQuery query, CancellationToken cancellationToken) => Files.QueryAsync(query, cancellationToken);

    public Task<Outcome<FileWritten>> WriteFileAsync(FileWrite write, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        Task.FromResult(Files.Write(write, data));

    public Task<Outcome<FileChanged>> ChangeFilesAsync(FileChange change, CancellationToken cancellationToken) => Task.FromResult(Files.Change(change));

    public ILiveProcess? Find(string processId)
    {
        lock (_gate) return _processes.Find(process => process.Id == processId);
    }

    public LiveProcess Process(string id) => (LiveProcess?)Find(id) ?? throw new InvalidOperationException($"No process '{id}'.");

    /// <summary>The container ends by itself.</summary>
    public void Lose(string reason) => End(reason);

    /// <summary>Thrown by the next removal, once.</summary>
    public Exception? RemovalFailure { get; set; }

    public ValueTask DisposeAsync()
    {
        if (RemovalFailure is { } failure)
        {
            RemovalFailure = null;
            throw failure;
        }

        End("It was removed.");
        removed();
        return ValueTask.CompletedTask;
    }

    private static Task<Outcome<LiveProcessStart>> Answer(ILiveProcess process, bool known) =>
        Task.FromResult(new Outcome<LiveProcessStart> { Value = new LiveProcessStart(process, known) });

    private static Task<Outcome<LiveProcessStart>> Refused(SandboxErrorCode code, string message) =>
        Task.FromResult(new Outcome<LiveProcessStart> { Error = new() { Code = code, Message = message, Status = SandboxStatus.Suspended } });

    private void Tell(LiveProcess process) => ProcessChanged?.Invoke(process);

    private void End(string reason)
    {
        _ended.TrySetResult(reason);
        foreach (var process in Processes.Cast<LiveProcess>())
        {
            // What was suspended goes on elsewhere.
            if (_suspended) process.Remove();
            else process.End(ProcessEndReason.SandboxEnded);
        }
    }
}
