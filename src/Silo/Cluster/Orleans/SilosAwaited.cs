namespace Sandbox.Silo.Cluster;

/// <summary>A gateway may start before its silos, and waits for them.</summary>
internal sealed partial class SilosAwaited(ILogger<SilosAwaited> logger) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);
    private bool _told;

    /// <inheritdoc/>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (!_told) LogWaiting(exception.Message);
        _told = true;
        await Task.Delay(_pause, cancellationToken);
        return true;
    }

    [LoggerMessage(280, LogLevel.Warning, "No silo of the cluster can be reached yet: {Reason}. Trying again every second")]
    private partial void LogWaiting(string reason);
}
