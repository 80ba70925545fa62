using Sandbox.Silo.Executions;
using Sandbox.Silo.Limits;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Hosting;

/// <summary>The host's life: made ready before the server listens, the pool filled, and everything removed when it stops.</summary>
internal sealed partial class HostService(
    HostMachine machine, ICgroupTree cgroups, IServiceProvider services, ILogger<HostService> logger) : IHostedLifecycleService
{
    private WarmPool<OneOffSandbox>? _pool;

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await machine.PrepareAsync(cancellationToken);
        foreach (var limit in cgroups.Unenforced) LogUnenforced(limit);
        _pool = services.GetRequiredService<WarmPool<OneOffSandbox>>();
        _pool.Fill();
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_pool is not null) await _pool.StopAsync(cancellationToken);
        cgroups.Remove();
    }

    [LoggerMessage(200, LogLevel.Warning, "Not enforced on this machine: {Limit}")]
    private partial void LogUnenforced(UnenforcedLimit limit);
}
