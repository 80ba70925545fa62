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

    /// <summary>Stores the record and all events up to now.</summary>
    /// <exception cref="InconsistentStateException">Another activation has written since: this one is over.</exception>
    private async Task SaveAsync(int reserve = EventLog.Reserve)
    {
        var upTo = _log.Last;

        // In one that is over or sleeps nothing happens that is not stored at once.
        var still = SandboxLifecycle.IsOver(_record!.Status) || _record.Status is SandboxStatus.Suspended;
        state.State = _record with { Events = _log.Store(still ? 0 : reserve, _ledger.Running) };
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
        _over = true;
        _left.TrySetResult();
        DeactivateOnIdle();
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

    [LoggerMessage(312, LogLevel.Error, "A step in the life of {Sandbox} failed; it is tried again")]
    private partial void LogStepFailed(Exception exception, string sandbox);
}
