using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Files;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;

namespace Sandbox.Grains.Tests.Doubles;

/// <summary>A sandbox without a container. Programs run until the test ends them.</summary>
internal sealed class ScriptedSandbox(
    SandboxSpec spec, Action removed, Func<CheckpointRequest, ScriptedProcess[], CheckpointDescription> store) : ILiveSandbox
{
    private const int MostEnded = 256;
    private readonly Lock _gate = new();
    private readonly List<ScriptedProcess> _processes = [];
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public event Action<ILiveProcess>? ProcessChanged;

    public event Action? Wanted;

    public Task<string> Ended => _ended.Task;

    public bool Frozen { get; private set; }

    public bool HasHooks { get; init; }

    public ColdStart? Cold { get; set; }

    /// <summary>What a start answers instead.</summary>
    public SandboxError? StartFailure { get; init; }

    public bool Disposed { get; private set; }

    /// <summary>Says that another host asks for it.</summary>
    public void Want() => Wanted!();

    /// <summary>How many grains listen.</summary>
    public int Listeners => ProcessChanged?.GetInvocationList().Length ?? 0;

    /// <summary>What a start waits for before it starts anything.</summary>
    public Task? HoldStarts { get; set; }

    public int ProgramsStarted { get; private set; }

    public IReadOnlyList<ILiveProcess> Processes
    {
        get
        {
            lock (_gate) return [.. _processes];
        }
    }

    /// <summary>What a query for files answers.</summary>
    public Func<FileQuery, FileItem[]> Files { get; set; } = _ => [new FileEnd()];

    public async IAsyncEnumerable<FileItem> QueryFilesAsync(FileQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var item in Files(query)) yield return item;
    }

    public Task<Outcome<FileWritten>> WriteFileAsync(FileWrite write, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        Task.FromResult(new Outcome<FileWritten> { Value = new FileWritten { Offset = data.Length } });

    public Task<Outcome<FileChanged>> ChangeFilesAsync(FileChange change, CancellationToken cancellationToken) =>
        Task.FromResult(new Outcome<FileChanged> { Value = new FileChanged() });

    public Task PauseAsync(CancellationToken cancellationToken)
    {
        Frozen = true;
        return Task.CompletedTask;
    }

    public Task ResumeAsync(CancellationToken cancellationToken)
    {
        Frozen = false;
        return Task.CompletedTask;
    }

    public Task<SandboxStats> ReadStatsAsync(CancellationToken cancellationToken) => Task.FromResult(new SandboxStats
    {
        Cpu = TimeSpan.FromSeconds(1),
        MemoryBytes = 14,
        DiskLimitBytes = spec.DiskBytes,
        Processes = Processes.Count(process => !process.Ended.IsCompleted),
        Uptime = TimeSpan.FromSeconds(2),
    });

    public long Timeline { get; init; } = 1;

    /// <summary>What a checkpoint waits for.</summary>
    public Task? HoldCheckpoints { get; set; }

    /// <summary>The checkpoints that were asked for.</summary>
    public ConcurrentQueue<CheckpointRequest> Requests { get; } = new();

    /// <summary>What a checkpoint answers instead.</summary>
    public SandboxError? CheckpointFailure { get; set; }

    public bool IsSuspended { get; private set; }

    /// <summary>The names of the snapshots that were taken of it.</summary>
    public List<string> Snapshots { get; } = [];

    public Task<Outcome<TakenSnapshot>> SnapshotAsync(string name, SnapshotOptions options, CancellationToken cancellationToken)
    {
        Snapshots.Add(name);
        var snapshot = new SnapshotDescription { Name = name, Created = DateTimeOffset.UnixEpoch, Bytes = 1, LayerCount = 2, Labels = options.Labels };
        return Task.FromResult(new Outcome<TakenSnapshot> { Value = new TakenSnapshot { Snapshot = snapshot, Changed = ["changed"] } });
    }

    public async Task<Outcome<CheckpointDescription>> CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken)
    {
        Requests.Enqueue(request);
        if (HoldCheckpoints is { } hold) await hold.WaitAsync(cancellationToken);
        if (CheckpointFailure is { } failure) return new Outcome<CheckpointDescription> { Error = failure };
        IsSuspended = request.Suspend;
        var checkpoint = store(request, [.. Processes.Cast<ScriptedProcess>()]);
        if (request.Suspend) foreach (var process in Processes.Cast<ScriptedProcess>()) process.Interrupt();
        return new Outcome<CheckpointDescription> { Value = checkpoint };
    }

    public void TakeOver(ScriptedProcess[] processes)
    {
        foreach (var process in processes) process.Changed = OnEnded;
        lock (_gate) _processes.AddRange(processes);
    }

    public async Task<Outcome<LiveProcessStart>> StartAsync(ProcessSpec process, CancellationToken cancellationToken)
    {
        if (HoldStarts is { } hold) await hold.WaitAsync(cancellationToken);
        if (StartFailure is { } failure) return new Outcome<LiveProcessStart> { Error = failure };
        ScriptedProcess started;
        lock (_gate)
        {
            if (IsSuspended)
            {
                return new Outcome<LiveProcessStart>
                {
                    Error = new SandboxError { Code = SandboxErrorCode.Conflict, Message = "It was suspended.", Status = SandboxStatus.Suspended },
                };
            }

            if (Disposed)
            {
                return new Outcome<LiveProcessStart>
                {
                    Error = new SandboxError { Code = SandboxErrorCode.Unavailable, Message = "The container is gone." },
                };
            }

            if (Find(process.Id) is { } known) return new Outcome<LiveProcessStart> { Value = new LiveProcessStart(known, true) };
            started = new ScriptedProcess(process, ++ProgramsStarted) { Changed = OnEnded };
            _processes.Add(started);
        }

        ProcessChanged?.Invoke(started);
        return new Outcome<LiveProcessStart> { Value = new LiveProcessStart(started, false) };
    }

    public ILiveProcess? Find(string processId)
    {
        lock (_gate) return _processes.Find(process => process.Id == processId);
    }

    public ScriptedProcess Process(string id) => (ScriptedProcess)Find(id)!;

    /// <summary>The container ends by itself.</summary>
    public void Lose(string reason)
    {
        EndAll();
        _ended.TrySetResult(reason);
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate) Disposed = true;
        EndAll();
        _ended.TrySetResult("It was removed.");
        removed();
        return ValueTask.CompletedTask;
    }

    private void EndAll()
    {
        if (IsSuspended) return;
        foreach (var process in Processes.Cast<ScriptedProcess>()) process.End(ProcessEndReason.SandboxEnded);
    }

    private void OnEnded(ScriptedProcess process)
    {
        lock (_gate)
        {
            var ended = _processes.FindAll(known => known.Ended.IsCompleted);
            foreach (var old in ended.Take(ended.Count - MostEnded)) _processes.Remove(old);
        }

        ProcessChanged?.Invoke(process);
    }
}
