using Microsoft.Extensions.Options;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Output;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Starts;
using Sandbox.Silo.Templates.Building;

namespace Sandbox.Silo.Sandboxes;

/// <summary>
/// The sandboxes that stay on this host, by the keys of their grains: their one owner. Each is admitted by the pool, like a one-off's, and taken from it
/// where it asks for nothing but what the pool keeps ready.
/// </summary>
internal sealed partial class LiveSandboxes : IAsyncDisposable
{
    private const int Tries = 3;
    private const long FirstTimeline = 1;

    private readonly WarmPool<StartedSandbox> _pool;
    private readonly SandboxFactory _factory;
    private readonly CreatedContainers _created;
    private readonly SnapshotStandbys _standbys;
    private readonly StartStates _starts;
    private readonly SandboxCheckpoints _checkpoints;
    private readonly HeadLeases _leases;
    private readonly ISandboxMachine _machine;
    private readonly SandboxSize _usual;
    private readonly LiveSandboxOptions _options;
    private readonly OutputLogOptions _logs;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly SpillWriter _writer = new();
    private readonly SpillBudget _budget;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly HashSet<string> _starting = [];
    private readonly Dictionary<string, LiveSandbox> _sandboxes = [];
    private readonly List<LiveSandbox> _ended = [];
    private bool _draining;

    public LiveSandboxes(
        WarmPool<StartedSandbox> pool, SandboxFactory factory, CreatedContainers created, SnapshotStandbys standbys, StartStates starts, SandboxCheckpoints checkpoints, HeadLeases leases,
        ISandboxMachine machine, IOptions<SandboxOptions> usual, IOptions<LiveSandboxOptions> options, IOptions<OutputLogOptions> logs, TimeProvider time,
        ILoggerFactory loggers)
    {
        (_pool, _factory, _created, _standbys, _starts, _checkpoints, _leases) = (pool, factory, created, standbys, starts, checkpoints, leases);
        (_machine, _time, _loggers) = (machine, time, loggers);
        (_usual, _options, _logs) = (usual.Value.Size, options.Value, logs.Value);
        _budget = new SpillBudget(_options.HostSpillBytes);
    }

    /// <summary>The sandbox of a key, also one that has ended and was not disposed of; or null.</summary>
    public LiveSandbox? Find(string key)
    {
        lock (_gate) return _sandboxes.GetValueOrDefault(key);
    }

    /// <summary>How many run.</summary>
    public int Running
    {
        get
        {
            lock (_gate) return _sandboxes.Count - _ended.Count;
        }
    }

    /// <summary>Starts one. One of the same key that has ended is disposed of first.</summary>
    /// <param name="key">The grain's key.</param>
    /// <param name="spec">What it is to be.</param>
    /// <param name="elsewhere">Whether another host has room for it that this one has not, so that it need not wait here; null where there is no other.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Outcome<ILiveSandbox>> StartAsync(string key, SandboxSpec spec, Func<bool>? elsewhere, CancellationToken cancellationToken) =>
        StartAsync(key, spec, token => StartNewAsync(key, spec, elsewhere, token), cancellationToken);

    private async Task<Outcome<ILiveSandbox>> StartAsync(
        string key, SandboxSpec spec, Func<CancellationToken, Task<Outcome<ILiveSandbox>>> start, CancellationToken cancellationToken)
    {
        if (Check(spec) is { } refusal) return Refusal.Answer<ILiveSandbox>(refusal);
        LiveSandbox? before;
        lock (_gate)
        {
            if (_draining || _stopping.IsCancellationRequested) return Refusal.Answer<ILiveSandbox>(Refusal.Stopping());
            if (_sandboxes.TryGetValue(key, out before) && !before.Ended.IsCompleted)
                return Refusal.Answer<ILiveSandbox>(Refusal.Conflict("This sandbox lives on this host already."));
            if (!_starting.Add(key)) return Refusal.Answer<ILiveSandbox>(Refusal.Conflict("This sandbox is being started already."));
        }

        try
        {
            if (before is not null) await before.DisposeAsync();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            return await start(stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && _stopping.IsCancellationRequested)
        {
            return Refusal.Answer<ILiveSandbox>(Refusal.Stopping());
        }
        finally
        {
            lock (_gate) _starting.Remove(key);
        }
    }

    /// <summary>Whether it starts no more.</summary>
    public bool IsDraining
    {
        get
        {
            lock (_gate) return _draining || _stopping.IsCancellationRequested;
        }
    }

    /// <summary>Starts no more.</summary>
    /// <returns>The keys of those that run.</returns>
    public IReadOnlyList<string> StopTaking()
    {
        lock (_gate)
        {
            _draining = true;
            return [.. _sandboxes.Where(pair => !pair.Value.Ended.IsCompleted).Select(pair => pair.Key)];
        }
    }

    /// <summary>Starts no more, and ends and removes every one.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        LiveSandbox[] all;
        lock (_gate)
        {
            if (!_stopping.IsCancellationRequested) _stopping.Cancel();
            all = [.. _sandboxes.Values];
        }

        await Task.WhenAll(all.Select(sandbox => sandbox.DisposeAsync().AsTask())).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _writer.Dispose();
        _stopping.Dispose();
    }

    private SandboxError? Check(SandboxSpec spec)
    {
        if (RefuseStart(spec) is { } noStart) return noStart;
        if (spec.MemoryBytes > _options.MaxMemoryBytes) return Refusal.Limit($"A sandbox here may have {_options.MaxMemoryBytes} bytes of memory at most.");
        if (spec.DiskBytes > _options.MaxDiskBytes) return Refusal.Limit($"A sandbox here may have {_options.MaxDiskBytes} bytes of disk at most.");
        return spec.Processes > _options.MaxProcesses ? Refusal.Limit($"A sandbox here may have {_options.MaxProcesses} processes at most.") : null;
    }

    private async Task<Outcome<ILiveSandbox>> StartNewAsync(string key, SandboxSpec spec, Func<bool>? elsewhere, CancellationToken cancellationToken)
    {
        var found = await OpenBaseAsync(SandboxKey.Parse(key), spec, cancellationToken);
        if (!found.Succeeded) return Refusal.Answer<ILiveSandbox>(found.Error);

        // Taking the sandbox, keeping its layers and starting it take their time, so they go on at once: what is started before the layers are kept is given back where
        // they cannot be, and layers that are kept for one that does not start are swept.
        var keeping = found.Value.Snapshot is { } record ? KeepLayersAsync(SandboxKey.Parse(key), record, cancellationToken) : Task.FromResult<SandboxError?>(null);
        try
        {
            return await HoldAsync(
                key,
                epoch: 0,
                head => head with { Timeline = FirstTimeline, Checkpoint = null },
                (lease, held) => RentAsync(key, spec, found.Value, keeping, elsewhere, lease, held),
                cancellationToken);
        }
        finally
        {
            await ((Task)keeping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<Outcome<ILiveSandbox>> RentAsync(
        string key, SandboxSpec spec, TemplateBase from, Task<SandboxError?> keeping, Func<bool>? elsewhere, HeadLease lease, CancellationToken cancellationToken)
    {
        var layers = from.Layers;
        if (StartOf(spec, from) is { } command)
            return await keeping is { } lost ? Refusal.Answer<ILiveSandbox>(lost) : await BeginAsync(key, spec, lease, command, layers, elsewhere, cancellationToken);
        var (started, error) = await RentFromAsync(layers, SizeOf(spec), elsewhere, keeping, cancellationToken);
        if (error is not null) return Refusal.Answer<ILiveSandbox>(error);
        if (layers[^1] != _machine.Template) _standbys.Note(layers);
        return await KeepAsync(key, Create(key, started!, spec, FirstTimeline, lease));
    }

    /// <summary>A started sandbox, once the layers that it stands on are kept for it.</summary>
    private async Task<(StartedSandbox? Sandbox, SandboxError? Error)> RentFromAsync(
        IReadOnlyList<LayerDescriptor> layers, SandboxSize size, Func<bool>? elsewhere, Task<SandboxError?> keeping, CancellationToken cancellationToken)
    {
        var isUsual = layers[^1] == _machine.Template;
        for (var attempt = 1; ; attempt++)
        {
            var rental = !isUsual ? await _pool.RentAsync(() => TakeStandby(layers, size), token => _factory.StartAsync(size, layers, token), elsewhere, cancellationToken)
                : size == _usual ? await _pool.RentAsync(elsewhere, cancellationToken)
                : await _pool.RentAsync(token => _factory.StartAsync(size, token), elsewhere, cancellationToken);
            if (rental is not Rental<StartedSandbox>.Granted granted)
                return (null, await keeping ?? Refusal.NoSandbox(((Rental<StartedSandbox>.Refused)rental).Refusal));
            if (granted.Sandbox.Link.Ended.IsCompleted && attempt < Tries)
            {
                // It died in the pool, just now.
                _pool.Retire(granted.Sandbox);
                continue;
            }

            SandboxError? lost;
            try
            {
                lost = await keeping;
            }
            catch
            {
                _pool.Retire(granted.Sandbox);
                throw;
            }

            if (lost is null) return (granted.Sandbox, null);
            _pool.Retire(granted.Sandbox);
            return (null, lost);
        }
    }

    private static SandboxSize SizeOf(SandboxSpec spec) => new(spec.MemoryBytes, spec.DiskBytes, spec.Processes);

    private LiveSandbox Create(string key, StartedSandbox started, SandboxSpec spec, long timeline, HeadLease lease)
    {
        var hold = new SandboxHold(lease, started.Link, _time, _loggers.CreateLogger<SandboxHold>());
        var disk = new OutputDisk(_logs, _writer, new SpillBudget(_options.SpillBytes, _budget), _time, _loggers.CreateLogger<OutputLog>());
        var directory = Path.Combine(_machine.OutputDirectory, started.Container.Id);
        return new LiveSandbox(
            started, spec, timeline, hold, disk, directory, new SandboxCheckpointing(key, spec, started, _machine.StackOf(started.Root), hold, _checkpoints),
            new SandboxSnapshotting(SandboxKey.Parse(key), _machine, _standbys, CopyQuietAsync, _pool.RetireAsync), _pool.RetireAsync, sandbox => Forget(key, sandbox), _options.HungAfter, _time,
            _loggers.CreateLogger<LiveSandbox>());
    }

    private async Task<Outcome<ILiveSandbox>> KeepAsync(string key, LiveSandbox sandbox)
    {
        bool kept;
        lock (_gate)
        {
            kept = !_stopping.IsCancellationRequested;
            if (kept) _sandboxes[key] = sandbox;
        }

        if (kept)
        {
            _ = FollowAsync(sandbox);
            return Refusal.Answer<ILiveSandbox>(sandbox);
        }

        await sandbox.DisposeAsync();
        return Refusal.Answer<ILiveSandbox>(Refusal.Stopping());
    }

    /// <summary>Lets go of those that ended longest ago and that nobody disposes of.</summary>
    private async Task FollowAsync(LiveSandbox sandbox)
    {
        await sandbox.Ended;
        LiveSandbox? oldest = null;
        lock (_gate)
        {
            if (sandbox.Removing) return;
            _ended.Add(sandbox);
            if (_ended.Count > _options.EndedSandboxes) oldest = _ended[0];
        }

        if (oldest is not null) await oldest.DisposeAsync();
    }

    private void Forget(string key, LiveSandbox sandbox)
    {
        lock (_gate)
        {
            _ended.Remove(sandbox);
            if (_sandboxes.GetValueOrDefault(key) == sandbox) _sandboxes.Remove(key);
        }
    }
}
