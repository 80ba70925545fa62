using Sandbox.Grains.Sandboxes.Lists;
using Sandbox.Silo.Checkpoints;

namespace Sandbox.Silo.Hosting;

/// <summary>
/// Sets the stored records of sandboxes right, and sweeps what unfinished checkpoints left: once when the grains run, and then every hour.
/// </summary>
internal sealed partial class RecoveryService(IServiceProvider services, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<RecoveryService> logger)
    : BackgroundService
{
    private static readonly TimeSpan _period = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var whenStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        // Only now: it needs the store, which is there once the machine is ready.
        var recovery = services.GetRequiredService<SandboxRecovery>();
        var sweep = services.GetRequiredService<CheckpointSweep>();
        using var timer = new PeriodicTimer(_period, time);
        do
        {
            try
            {
                var woken = await recovery.RunAsync(stoppingToken);
                if (woken > 0) LogRecovered(woken);
                await foreach (var owner in recovery.OwnersAsync(stoppingToken)) await sweep.RunAsync(owner, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The next hour's walk finds the same records.
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(210, LogLevel.Information, "Looked after {Count} sandboxes that were stored as living")]
    private partial void LogRecovered(int count);

    [LoggerMessage(211, LogLevel.Error, "The stored records of sandboxes could not all be looked after; the next try is in an hour")]
    private partial void LogFailed(Exception error);
}
