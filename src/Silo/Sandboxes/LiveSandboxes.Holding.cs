using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Holding;

namespace Sandbox.Silo.Sandboxes;

// Nothing runs here that this host does not hold.
internal sealed partial class LiveSandboxes
{
    private static readonly TimeSpan _letsGoWithin = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(0.05);

    /// <summary>Takes the sandbox in a new epoch, starts it, and lets it go again if it does not start.</summary>
    /// <param name="key">The grain's key.</param>
    /// <param name="epoch">The epoch is this at least.</param>
    /// <param name="change">What the head says of it from now on.</param>
    /// <param name="start">Starts it under the lease.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<Outcome<ILiveSandbox>> HoldAsync(
        string key, long epoch, Func<SandboxHead, SandboxHead> change, Func<HeadLease, CancellationToken, Task<Outcome<ILiveSandbox>>> start,
        CancellationToken cancellationToken)
    {
        Acquisition acquisition;
        try
        {
            acquisition = await _leases.TryAcquireAsync(
                SandboxKey.Parse(key), epoch - 1, head => change(head) with { Status = HeadStatus.Running }, cancellationToken);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Refusal.Answer<ILiveSandbox>(Refusal.Unavailable($"The sandbox cannot be taken: {e.Message}"));
        }

        if (acquisition is not Acquisition.Acquired acquired) return Refusal.Answer<ILiveSandbox>(Refusal.Elsewhere(((Acquisition.Held)acquisition).Wait));
        Outcome<ILiveSandbox>? started = null;
        try
        {
            started = await start(acquired.Lease, cancellationToken);
            return started;
        }
        finally
        {
            if (started?.Succeeded is not true) await TakeBackAsync(acquired);
        }
    }

    /// <summary>Suspends a sandbox that another host asks for, which lets it go.</summary>
    /// <param name="key">The grain's key.</param>
    /// <param name="epoch">The epoch that is to end; in a later one it stays.</param>
    /// <returns>Null when it does not live here, or not any more; else why it stays.</returns>
    public async Task<SandboxError?> LetGoAsync(string key, long epoch)
    {
        if (Find(key) is not { } sandbox || sandbox.Ended.IsCompleted || sandbox.Epoch > epoch) return null;
        if (sandbox.Want())
        {
            // Whoever answers for it here writes down that it sleeps.
            var since = _time.GetTimestamp();
            while (Find(key) == sandbox)
            {
                if (_time.GetElapsedTime(since) > _letsGoWithin) return Refusal.Elsewhere(TimeSpan.Zero);
                await Task.Delay(_look, _time);
            }

            return null;
        }

        // Nobody does, any more: its grain is already where it is wanted, and finds all that is needed in the head.
        var request = new CheckpointRequest
        {
            Suspend = true,
            Parent = _leases.Find(SandboxKey.Parse(key))?.Head.Checkpoint,
            Epoch = sandbox.Epoch,
            Timeline = sandbox.Timeline,
        };
        var taken = await sandbox.CheckpointAsync(request, _stopping.Token);
        if (taken.Error is { } error) return error;
        await sandbox.DisposeAsync();
        return null;
    }

    /// <summary>Nothing ran: the head says what it said, in the next epoch.</summary>
    private async Task TakeBackAsync(Acquisition.Acquired acquired)
    {
        var logger = _loggers.CreateLogger<SandboxHold>();
        var before = acquired.Before ?? new SandboxHead();
        await SandboxHold.ReleaseAsync(
            acquired.Lease, head => head with { Status = before.Status, Checkpoint = before.Checkpoint, Timeline = before.Timeline }, _time, logger);
        if (acquired.Before is not null) return;
        try
        {
            await _leases.RemoveAsync(acquired.Lease.Key, CancellationToken.None);
        }
        catch (Exception e)
        {
            // A head too many, of an id that may never be used again.
            LogHeadLeft(logger, e, acquired.Lease.Key);
        }
    }

    [LoggerMessage(271, LogLevel.Warning, "The head of {Sandbox}, which was not started, could not be removed")]
    private static partial void LogHeadLeft(ILogger logger, Exception exception, SandboxKey sandbox);
}
