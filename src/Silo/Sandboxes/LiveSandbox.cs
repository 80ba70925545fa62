using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Link;
using Sandbox.Silo.Output;
using Sandbox.Silo.Telemetry;

namespace Sandbox.Silo.Sandboxes;

/// <summary>
/// A sandbox that stays, on this host. When it has ended by whatever cause, its container is removed at once; its processes' output can be read until it is
/// disposed of.
/// </summary>
internal sealed partial class LiveSandbox : ILiveSandbox
{
    private const int Questions = 6;
    private static readonly TimeSpan _containerEndsWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _guestAnswersWithin = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly StartedSandbox _sandbox;
    private readonly SandboxSpec _spec;
    private readonly SandboxHold _hold;
    private readonly OutputDisk _disk;
    private readonly string _outputDirectory;
    private readonly SandboxCheckpointing _checkpointing;
    private readonly SandboxSnapshotting _snapshots;
    private readonly Func<StartedSandbox, Task> _retire;
    private readonly Action<LiveSandbox> _forget;
    private readonly TimeProvider _time;
    private readonly ILogger<LiveSandbox> _logger;
    private readonly long _startedAt;
    private readonly Task _retired;
    private readonly Lazy<Task> _removal;
    private long _outOfMemorySeen;
    private DiskUsage? _diskSeen;
    private bool _paused;
    private bool _removing;

    /// <param name="sandbox">A started sandbox that nothing has run in.</param>
    /// <param name="spec">What it is to be.</param>
    /// <param name="timeline">The history that offsets belong to.</param>
    /// <param name="hold">This host's hold on it, let go when nothing of it is left here.</param>
    /// <param name="disk">Where the output of its processes goes.</param>
    /// <param name="outputDirectory">The directory for that, this sandbox's alone. Made when it is needed, and removed.</param>
    /// <param name="checkpointing">Keeps its checkpoints.</param>
    /// <param name="snapshots">Keeps its snapshots.</param>
    /// <param name="retire">Gives the started sandbox back; completes, and never fails, when it is gone.</param>
    /// <param name="forget">Told when it was disposed of and nothing of it is left.</param>
    /// <param name="hungAfter">How long it may give no sign of life.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of ends that nobody asked for.</param>
    public LiveSandbox(
        StartedSandbox sandbox, SandboxSpec spec, long timeline, SandboxHold hold, OutputDisk disk, string outputDirectory, SandboxCheckpointing checkpointing,
        SandboxSnapshotting snapshots, Func<StartedSandbox, Task> retire,
        Action<LiveSandbox> forget, TimeSpan hungAfter, TimeProvider time, ILogger<LiveSandbox> logger)
    {
        (_sandbox, _spec, Timeline, _hold, _disk, _outputDirectory) = (sandbox, spec, timeline, hold, disk, outputDirectory);
        (_checkpointing, _snapshots, _retire, _forget, _time, _logger) = (checkpointing, snapshots, retire, forget, time, logger);
        _preloaded = sandbox.Preloaded;
        _startedAt = time.GetTimestamp();
        _removal = new Lazy<Task>(RemoveAsync);
        Ended = EndAsync();
        _retired = RetireAsync();

        // Ends with the hold, and never fails.
        _ = GuardAsync();
        _ = sandbox.Link.WatchAsync(hungAfter / Questions, Questions, () => IsPaused);
    }

    /// <inheritdoc/>
    public event Action<ILiveProcess>? ProcessChanged;

    /// <inheritdoc/>
    public event Action? Wanted;

    /// <inheritdoc/>
    public Task<string> Ended { get; }

    /// <inheritdoc/>
    public long Epoch => _hold.Epoch;

    /// <inheritdoc/>
    public bool IsHeld => _hold.IsHeld;

    /// <summary>The history that offsets belong to.</summary>
    public long Timeline { get; }

    /// <summary>Whether it is being disposed of, or was.</summary>
    public bool Removing
    {
        get
        {
            lock (_gate) return _removing;
        }
    }

    private bool IsPaused
    {
        get
        {
            lock (_gate) return _paused;
        }
    }

    /// <summary>Says that another host asks for it.</summary>
    /// <returns>Whether anybody here answers for it.</returns>
    public bool Want()
    {
        if (Wanted is not { } wanted) return false;
        wanted();
        return true;
    }

    /// <inheritdoc/>
    public Task PauseAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_paused && !_removing && !Ended.IsCompleted)
            {
                _paused = true;
                _sandbox.Container.Freeze();
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ResumeAsync(CancellationToken cancellationToken)
    {
        lock (_gate) Thaw();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<SandboxStats> ReadStatsAsync(CancellationToken cancellationToken)
    {
        var disk = await ReadDiskAsync(cancellationToken);
        var usage = _sandbox.Container.ReadUsage();
        return new SandboxStats
        {
            Cpu = usage.Cpu,
            MemoryBytes = usage.MemoryBytes,
            MemoryLimitBytes = usage.MemoryBytes is null ? null : MemoryBudget.LimitBytes(_spec.MemoryBytes, _spec.DiskBytes),
            DiskBytes = disk?.UsedBytes,
            DiskLimitBytes = _spec.DiskBytes,
            Processes = Running,
            Uptime = _time.GetElapsedTime(_startedAt),
        };
    }

    /// <summary>Ends it and removes everything of it, its processes' output too.</summary>
    public async ValueTask DisposeAsync() => await _removal.Value;

    /// <summary>Why nothing can be asked of the guest now, or null.</summary>
    public SandboxError? Refuse()
    {
        if (Ended.IsCompleted) return Refusal.Gone(Ended.Result);
        if (!_hold.IsHeld && !_suspended) return Refusal.NotHeld();
        lock (_gate)
        {
            if (_removing) return Refusal.Gone("The sandbox is being removed.");
            return _paused ? Refusal.Paused() : null;
        }
    }

    /// <summary>Whether the host's kernel has killed a process of it for want of memory since the last question.</summary>
    public bool TakeOutOfMemory()
    {
        lock (_gate)
        {
            var kills = _sandbox.Container.ReadUsage().OomKills ?? 0;
            var any = kills > _outOfMemorySeen;
            _outOfMemorySeen = kills;
            return any;
        }
    }

    /// <summary>What the disk holds, or held when the guest last said so.</summary>
    private async Task<DiskUsage?> ReadDiskAsync(CancellationToken cancellationToken)
    {
        if (Refuse() is not null) return Volatile.Read(ref _diskSeen);
        try
        {
            if (await _sandbox.Link.AskDiskAsync(_guestAnswersWithin, cancellationToken) is { } usage) Volatile.Write(ref _diskSeen, usage);
        }
        catch (LinkException)
        {
            // It has ended just now.
        }

        return Volatile.Read(ref _diskSeen);
    }

    private async Task<string> EndAsync()
    {
        var end = await _sandbox.Link.Ended;
        if (end.Kind is LinkEndKind.Closed && !Removing && !_hold.IsHeld) return $"This host does not hold the sandbox any more. {await _hold.Ended}";
        if (end.Kind is LinkEndKind.Closed or LinkEndKind.ShutDown) return "The sandbox was removed.";
        try
        {
            var exit = await _sandbox.Container.Exited.WaitAsync(_containerEndsWithin, _time);
            LogEnded(_sandbox.Container.Id, end.Message, exit.ExitCode, exit.Stderr);
            if (exit.OutOfMemory)
            {
                return $"The sandbox was ended for want of memory: its programs, its files and gVisor took more than the "
                    + $"{MemoryBudget.LimitBytes(_spec.MemoryBytes, _spec.DiskBytes)} bytes that it has for all of them.";
            }

            return end.Kind == LinkEndKind.GuestGone ? $"The sandbox's container has ended, with exit code {exit.ExitCode}." : end.Message;
        }
        catch (TimeoutException)
        {
            // It broke the protocol and still runs; its removal ends it.
            LogEnded(_sandbox.Container.Id, end.Message, exitCode: null, "");
            return end.Message;
        }
    }

    /// <summary>Ends what runs here when this host does not hold it any more.</summary>
    private async Task GuardAsync()
    {
        var end = await _hold.Ended;
        if (Removing || end.Kind is LeaseEndKind.Released) return;
        LogNotHeld(_sandbox.Container.Id, end);
        await _sandbox.Link.DisposeAsync();

        // Only now: what is frozen cannot end by itself, and must do nothing else any more.
        lock (_gate) Thaw();
    }

    private async Task RetireAsync()
    {
        await Ended;
        HostMetrics.SandboxEnded(_time.GetElapsedTime(_startedAt));
        await _retire(_sandbox);
    }

    private async Task RemoveAsync()
    {
        lock (_gate)
        {
            _removing = true;
            // What is frozen cannot end by itself.
            Thaw();
        }

        await _sandbox.Link.DisposeAsync();
        await _retired;
        await RemoveProcessesAsync();
        try
        {
            if (Directory.Exists(_outputDirectory)) Directory.Delete(_outputDirectory, recursive: true);
        }
        catch (IOException e)
        {
            // The next start of the server removes it.
            LogOutputLeft(e, _outputDirectory);
        }

        await _hold.ReleaseAsync(_suspended ? HeadStatus.Suspended : HeadStatus.Running);
        _forget(this);
    }

    private void Thaw()
    {
        if (!_paused) return;
        _paused = false;
        _sandbox.Container.Thaw();
    }

    [LoggerMessage(400, LogLevel.Warning, "Sandbox {Id} has ended unasked: {Reason} Exit code {ExitCode}; runsc said: {Stderr}")]
    private partial void LogEnded(string id, string reason, int? exitCode, string stderr);

    [LoggerMessage(402, LogLevel.Warning, "Sandbox {Id} is ended, because this host does not hold it any more: {End}")]
    private partial void LogNotHeld(string id, LeaseEnd end);

    [LoggerMessage(401, LogLevel.Warning, "Output in {Directory} could not be removed; the next start of the server does")]
    private partial void LogOutputLeft(Exception error, string directory);
}
