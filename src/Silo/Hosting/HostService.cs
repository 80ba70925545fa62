using Sandbox.Silo.Executions;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Sandboxes;
using Sandbox.Silo.Starts;
using Sandbox.Silo.Telemetry;

namespace Sandbox.Silo.Hosting;

/// <summary>The host's life: the machine made ready before anything else starts, the pool filled, and everything removed when all else has stopped.</summary>
internal sealed class HostService(HostMachine machine, StopSignals signals, IServiceProvider services) : IHostedLifecycleService
{
    /// <summary>Of the 12 s that a stop may take, and of the 10 s that platforms give a process to end.</summary>
    private static readonly TimeSpan _drainWithin = TimeSpan.FromSeconds(8);

    private LiveSandboxes? _sandboxes;
    private WarmPool<StartedSandbox>? _pool;
    private CreatedContainers? _created;
    private SnapshotStandbys? _standbys;
    private StartStates? _starts;
    private Task _ready = Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await machine.PrepareAsync(cancellationToken);
        signals.HoldUntilStarted();
        _pool = services.GetRequiredService<WarmPool<StartedSandbox>>();
        _sandboxes = services.GetRequiredService<LiveSandboxes>();
        _created = services.GetRequiredService<CreatedContainers>();
        _standbys = services.GetRequiredService<SnapshotStandbys>();
        _starts = services.GetRequiredService<StartStates>();
        _ready = _pool.FillAsync();
        _created.Fill();
        _ = services.GetRequiredService<HostGauges>();
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _ = AnnounceAsync();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) =>
        services.GetRequiredService<SandboxDrain>().RunAsync(_drainWithin, cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_sandboxes is not null) await _sandboxes.StopAsync(cancellationToken);
        if (_starts is not null) await _starts.StopAsync();
        if (_standbys is not null) await _standbys.StopAsync();
        if (_created is not null) await _created.StopAsync();
        if (_pool is not null) await _pool.StopAsync(cancellationToken);
    }

    private async Task AnnounceAsync()
    {
        await _ready;
        ServerProcess.AnnounceReady(services);
    }
}
