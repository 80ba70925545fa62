using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Link;
using Sandbox.Silo.Output;

namespace Sandbox.Silo.Sandboxes;

/// <summary>
/// A sandbox that stays, on this host. When it has ended by whatever cause, its container is removed at once; its processes' output can be read until it is
/// disposed of.
/// </summary>
internal sealed partial class LiveSandbox : ILiveSandbox
{
    /// <summary>The history that offsets belong to. Sandboxes do not go back yet.</summary>
    public const long Timeline = 1;

    private static readonly TimeSpan _containerEndsWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _guestAnswersWithin = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly StartedSandbox _sandbox;
    private readonly SandboxSpec _spec;
    private readonly OutputDisk _disk;
    private readonly string _outputDirectory;
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
    /// <param name="disk">Where the output of its processes goes.</param>
    /// <param name="outputDirectory">The directory for that, this sandbox's alone. Made when it is needed, and removed.</param>
    /// <param name="retire">Gives the started sandbox back; completes, and never fails, when it is gone.</param>
    /// <param name="forget">Told when it was disposed of and nothing of it is left.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of ends that nobody asked for.</param>
    public LiveSandbox(
        StartedSandbox sandbox, SandboxSpec spec, OutputDisk disk, string outputDirectory, Func<StartedSandbox, Task> retire,
        Action<LiveSandbox> forget, TimeProvider time, ILogger<LiveSandbox> logger)
    {
        (_sandbox, _spec, _disk, _outputDirectory) = (sandbox, spec, disk, outputDirectory);
        (_retire, _forget, _time, _logger) = (retire, forget, time, logger);
        _startedAt = time.GetTimestamp();
        _removal = new Lazy<Task>(RemoveAsync);
        Ended = EndAsync();
        _retired = RetireAsync();
    }

    /// <inheritdoc/>
    public event Action<ILiveProcess>? ProcessChanged;

    /// <inheritdoc/>
    public Task<string> Ended { get; }

    /// <summary>Whether it is being disposed of, or was.</summary>
    public bool Removing
    {
        get
        {
            lock (_gate) return _removing;
        }
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

    private async Task RetireAsync()
    {
        await Ended;
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

    [LoggerMessage(401, LogLevel.Warning, "Output in {Directory} could not be removed; the next start of the server does")]
    private partial void LogOutputLeft(Exception error, string directory);
}
