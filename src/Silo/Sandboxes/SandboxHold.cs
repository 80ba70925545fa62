using Sandbox.Grains.Faults;
using Sandbox.Grains.Holding;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Link;

namespace Sandbox.Silo.Sandboxes;

/// <summary>
/// This host's hold on a sandbox that lives here: nothing passes the sandbox's link without it, the agent is told how long it lasts, and checkpoints count
/// only when they were committed under it.
/// </summary>
internal sealed partial class SandboxHold
{
    private static readonly TimeSpan _longestPeriod = TimeSpan.FromHours(1);
    private static readonly TimeSpan _writesWithin = TimeSpan.FromSeconds(5);

    private readonly HeadLease _lease;
    private readonly GuestLink _link;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <param name="lease">The lease, from here on its own.</param>
    /// <param name="link">The sandbox's link.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of sandboxes that could not be let go.</param>
    public SandboxHold(HeadLease lease, GuestLink link, TimeProvider time, ILogger logger)
    {
        (_lease, _link, _time, _logger) = (lease, link, time, logger);
        link.GuardBy(() => lease.IsHeld);

        // Ends with the link or the lease, and never fails.
        _ = TellAgainAsync();
    }

    /// <summary>The epoch.</summary>
    public long Epoch => _lease.Epoch;

    /// <inheritdoc cref="HeadLease.IsHeld"/>
    public bool IsHeld => _lease.IsHeld;

    /// <inheritdoc cref="HeadLease.Ended"/>
    public Task<LeaseEnd> Ended => _lease.Ended;

    /// <summary>Tells the agent for how long programs may run.</summary>
    public void Tell() => _link.Lease(_lease.Left);

    /// <summary>Makes a stored checkpoint the one that the sandbox goes on from.</summary>
    /// <exception cref="LeaseLostException">This host does not hold the sandbox any more.</exception>
    /// <exception cref="IOException">The store did not answer in time. Whether it took place is unknown.</exception>
    public async Task CommitAsync(string checkpointId, long timeline, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(_writesWithin, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            await _lease.CommitAsync(head => head with { Checkpoint = checkpointId, Timeline = timeline }, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"The store did not take the checkpoint {checkpointId} for the sandbox's newest within {_writesWithin.TotalSeconds} s.", e);
        }
    }

    /// <summary>Lets the sandbox go, of which nothing runs here any more. Where the store does not answer, the lease is left to run out.</summary>
    public Task ReleaseAsync(HeadStatus status) => ReleaseAsync(_lease, head => head with { Status = status }, _time, _logger);

    /// <inheritdoc cref="ReleaseAsync(HeadStatus)"/>
    public static async Task ReleaseAsync(HeadLease lease, Func<SandboxHead, SandboxHead> change, TimeProvider time, ILogger logger)
    {
        FaultPoints.Reach(FaultPoint.HoldEnding);
        if (!lease.Ended.IsCompleted)
        {
            using var late = new CancellationTokenSource(_writesWithin, time);
            try
            {
                await lease.ReleaseAsync(change, late.Token);
            }
            catch (Exception e)
            {
                // The lease ends by itself.
                LogNotReleased(logger, e, lease.Key, lease.Epoch);
            }
        }

        FaultPoints.Reach(FaultPoint.HoldReleased);
        await lease.DisposeAsync();
    }

    private async Task TellAgainAsync()
    {
        var period = _lease.Head.LeaseLength / 6;
        if (period > _longestPeriod) period = _longestPeriod;
        var over = Task.WhenAny(_link.Ended, _lease.Ended);
        while (!over.IsCompleted)
        {
            Tell();
            await ((Task)over).WaitAsync(period, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(270, LogLevel.Warning, "{Sandbox} could not be let go in epoch {Epoch}; another host waits until its lease has run out")]
    private static partial void LogNotReleased(ILogger logger, Exception exception, SandboxKey sandbox, long epoch);
}
