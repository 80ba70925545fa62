using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Tests.Live;

/// <summary>A sandbox without a container, below the real grain.</summary>
internal sealed class LiveSandbox(SandboxSpec spec, Action removed) : ILiveSandbox
{
    private readonly Lock _gate = new();
    private readonly List<LiveProcess> _processes = [];
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public event Action<ILiveProcess>? ProcessChanged;

    public SandboxSpec Spec => spec;

    public Task<string> Ended => _ended.Task;

    /// <summary>Bytes that an output log of a new process keeps.</summary>
    public int LogBytes { get; set; } = 64 << 20;

    /// <summary>Thrown by the next start, once.</summary>
    public Exception? Failure { get; set; }

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
            if (Find(process.Id) is { } known) return Answer(known, known: true);
            started = new LiveProcess(process, 100 + _processes.Count, LogBytes, changed => ProcessChanged?.Invoke(changed));
            _processes.Add(started);
        }

        ProcessChanged?.Invoke(started);
        return Answer(started, known: false);
    }

    public ILiveProcess? Find(string processId)
    {
        lock (_gate) return _processes.Find(process => process.Id == processId);
    }

    public LiveProcess Process(string id) => (LiveProcess?)Find(id) ?? throw new InvalidOperationException($"No process '{id}'.");

    /// <summary>The container ends by itself.</summary>
    public void Lose(string reason) => End(reason);

    public ValueTask DisposeAsync()
    {
        End("It was removed.");
        removed();
        return ValueTask.CompletedTask;
    }

    private static Task<Outcome<LiveProcessStart>> Answer(ILiveProcess process, bool known) =>
        Task.FromResult(new Outcome<LiveProcessStart> { Value = new LiveProcessStart(process, known) });

    private void End(string reason)
    {
        foreach (var process in Processes.Cast<LiveProcess>()) process.End(ProcessEndReason.SandboxEnded);
        _ended.TrySetResult(reason);
    }
}
