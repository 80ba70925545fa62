using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Sandbox.Grains.Events;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Sandboxes;

/// <content>How the record changes and is stored. Only in calls that run one at a time.</content>
internal sealed partial class SandboxGrain
{
    private long _saved;
    private long _unsavedAt;
    private bool _unsavedStep;
    private bool _over;
    private bool _leavesRunning;

    private bool IsUnsaved => _unsavedStep || _log.Last > _saved;

    /// <summary>Takes a step that cannot be refused, tells it, and stores both.</summary>
    private Task EnterAsync(SandboxStep step, string? reason, SandboxEventType told) => EnterAsync(
        step, reason, Happened(told) with { Reason = told is SandboxEventType.Deleting or SandboxEventType.Failed ? reason : null });

    private Task EnterAsync(SandboxStep step, string? reason, SandboxEvent? told)
    {
        var (to, error) = SandboxLifecycle.Take(_record?.Status, step);
        if (error is not null) throw new InvalidOperationException(error.Message);
        _record = _record! with { Status = to, Reason = reason, Since = _time.GetUtcNow() };
        _unsavedStep = true;
        if (told is not null) Append(told);
        if (SandboxLifecycle.IsOver(to)) _log.Seal();
        NoteSleep(to);
        return SaveAsync();
    }

    private void Append(SandboxEvent happened)
    {
        if (!IsUnsaved) _unsavedAt = _time.GetTimestamp();
        _publisher.Publish(_log.Append(happened));
    }

    /// <summary>Answers a call with the failure of the store as data, as it does with every failure that is to be expected.</summary>
    private async Task<Outcome<T>> StoredAsync<T>(Func<Task<Outcome<T>>> call)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (InconsistentStateException)
        {
            return Failed<T>(Again());
        }
        catch (Exception e) when (OfStore(e) is { } failure)
        {
            LogStoreFailed(e, _key);
            return Failed<T>(new SandboxError
            {
                Code = SandboxErrorCode.Unavailable,
                Message = $"The storage failed, and the sandbox is as it was or will be as asked: {failure.Message} Look at it, and try again.",
                RetryAfter = TryAgainAfter,
            });
        }
    }

    /// <summary>The failure of a disk, a store or a network in an exception, which Orleans wraps into one of its own; or null.</summary>
    private static Exception? OfStore(Exception? e) => e is null or IOException or UnauthorizedAccessException or HttpRequestException ? e : OfStore(e.InnerException);

    /// <summary>Waits for a write of what holds anyway: if the store does not take it now, the ticks go on trying.</summary>
    /// <exception cref="InconsistentStateException">Another activation has written since: this one is over.</exception>
    private async Task SoonAsync(Task write)
    {
        try
        {
            await write;
        }
        catch (Exception e) when (e is not InconsistentStateException)
        {
            LogStoreFailed(e, _key);
        }
    }

    /// <inheritdoc cref="SaveAsync(SandboxRecord, int)"/>
    private Task SaveAsync(int reserve = EventLog.Reserve) => SaveAsync(_record!, reserve);

    /// <summary>Stores the record and all events up to now.</summary>
    /// <exception cref="InconsistentStateException">Another activation has written since: this one is over.</exception>
    private async Task SaveAsync(SandboxRecord record, int reserve = EventLog.Reserve)
    {
        var upTo = _log.Last;

        // In one that is over or sleeps nothing happens that is not stored at once.
        var still = SandboxLifecycle.IsOver(record.Status) || record.Status is SandboxStatus.Suspended;
        state.State = record with { Events = _log.Store(still ? 0 : reserve, _ledger.Running) };
        try
        {
            await state.WriteStateAsync();
        }
        catch (InconsistentStateException)
        {
            await RetireAsync();
            throw;
        }
        catch
        {
            _stepFailed = true;
            Arm();
            throw;
        }

        _saved = upTo;
        _unsavedAt = _time.GetTimestamp();
        _unsavedStep = false;
    }

    /// <summary>Removes the record, as if there had never been one.</summary>
    /// <exception cref="InconsistentStateException">Another activation has written since: this one is over.</exception>
    private async Task ClearAsync()
    {
        try
        {
            await state.ClearStateAsync();
        }
        catch (InconsistentStateException)
        {
            await RetireAsync();
            throw;
        }

        TakeStored();
    }

    /// <summary>Ends this activation, because it does not know what the store holds: the next one reads it.</summary>
    private void Abandon()
    {
        Leave();
        DeactivateOnIdle();
    }

    private void Leave()
    {
        _over = true;
        _left.TrySetResult();
    }

    /// <summary>
    /// Another activation has the record now. What the store says holds: where it does not speak of what runs here, that is ended. This activation
    /// answers from the store until it is gone, which is at once.
    /// </summary>
    private async Task RetireAsync()
    {
        LogFenced(_key);
        var (live, epoch) = (_live, _record?.Epoch);
        Detach();
        Abandon();
        await _ending.CancelAsync();
        await state.ReadStateAsync();
        TakeStored();
        var mine = _record is { } stored && stored.Epoch == epoch && !SandboxLifecycle.IsOver(stored.Status);
        _leavesRunning = live is not null && mine;
        if (live is not null && !mine) await live.DisposeAsync();
    }

    [LoggerMessage(310, LogLevel.Warning, "Another activation has written the record of {Sandbox}; this one ends")]
    private partial void LogFenced(string sandbox);

    [LoggerMessage(311, LogLevel.Warning, "{Sandbox} still runs but its grain could not be activated again (try {Try})")]
    private partial void LogNotRevived(Exception exception, string sandbox, int @try);

    [LoggerMessage(314, LogLevel.Warning, "The storage failed in a call on {Sandbox}")]
    private partial void LogStoreFailed(Exception exception, string sandbox);

    [LoggerMessage(312, LogLevel.Error, "A step in the life of {Sandbox} failed; it is tried again")]
    private partial void LogStepFailed(Exception exception, string sandbox);
}
