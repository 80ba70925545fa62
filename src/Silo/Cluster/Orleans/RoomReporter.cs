using Sandbox.Silo.Cluster.Rooms;
using Sandbox.Silo.Hosting;

namespace Sandbox.Silo.Cluster;

/// <summary>Tells the other hosts what this one has free: every second, and at once when it turns a sandbox away or begins to drain.</summary>
internal sealed partial class RoomReporter(
    IServiceProvider services, ILocalSiloDetails self, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<RoomReporter> logger) : BackgroundService, IDrainAnnouncement
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _within = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public Task AnnounceAsync() => ReportAsync();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var whenStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        var board = services.GetRequiredService<RoomBoard>();
        while (true)
        {
            var turnsAway = board.TurnsAwayAsync();
            await ReportAsync();
            await Task.Delay(_shortest, time, stoppingToken);
            // Its time-out is the usual case: a second without news, and it reports all the same.
            await turnsAway.WaitAsync(_period - _shortest, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stoppingToken.ThrowIfCancellationRequested();
        }
    }

    private async Task ReportAsync()
    {
        try
        {
            // Only now: it measures the machine, which has to be ready.
            var room = services.GetRequiredService<RoomBoard>().Own;
            var hosts = services.GetRequiredService<HostServices>();
            await Task.WhenAll(hosts.Others(self.SiloAddress).Select(other => ReportAsync(hosts.Of(other), other, room)));
        }
        catch (Exception e)
        {
            LogFailed(e, "all hosts");
        }
    }

    private async Task ReportAsync(IHostService host, SiloAddress address, HostRoom room)
    {
        try
        {
            await host.ReportAsync(self.SiloAddress.ToParsableString(), room).WaitAsync(_within, time);
        }
        catch (Exception e)
        {
            // It may have died a moment ago, and learns of the next report otherwise.
            LogFailed(e, address.ToString());
        }
    }

    [LoggerMessage(281, LogLevel.Debug, "What is free here could not be told to {Host}")]
    private partial void LogFailed(Exception exception, string host);
}
