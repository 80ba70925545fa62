using Orleans.Storage;
using Sandbox.Grains.Events;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Sandboxes;

/// <content>What happens by itself: losses, timeouts, and storing events. One alarm, due at the next moment, whose tick runs like a call of its own.</content>
internal sealed partial class SandboxGrain
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GoesAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);
    private int _lookQueued;
    private bool _stepFailed;

    private string LifetimeOver => $"Its lifetime of {_record!.Spec!.Lifetime!.Value.TotalSeconds:0.###} s was over.";

    private async Task OnDueAsync(CancellationToken cancellationToken)
    {
        try
        {
            _stepFailed = false;
            Look();
            if (Lost is not null) await SettleAsync();
            else if (_wanted) await LetGoAsync();
            else if (_record?.Status is SandboxStatus.Deleting) await RemoveAsync(_record.Reason ?? "");
            else if (_deadlines is { } deadlines) await ActAsync(deadlines.Check(IsBusy));
            await CheckpointIfDueAsync();
            if (!_over && _record is not null && IsUnsaved) await SaveAsync();

            // Of a made-up id nothing is kept: anybody can make up many. Not within the call that asked, since whoever looks whether a sandbox
            // is there often creates it next.
            if (_record is null) Abandon();
        }
        catch (InconsistentStateException)
        {
            // This activation is over, and has seen to it.
        }
        catch (Exception e)
        {
            _stepFailed = true;
            LogStepFailed(e, _key);
        }

        Arm();
    }

    private Task ActAsync(SandboxDue due)
    {
        switch (due)
        {
            case SandboxDue.IdleWarning:
                Append(new SandboxEvent
                {
                    Sequence = 0,
                    Time = _time.GetUtcNow(),
                    Type = SandboxEventType.IdleWarning,
                    At = _deadlines!.Expires(busy: false),
                });
                return Task.CompletedTask;
            case SandboxDue.IdleForTooLong when _record!.Spec!.OnIdle is IdleAction.Suspend:
                return SuspendIdleAsync();
            case SandboxDue.IdleForTooLong:
                return RemoveAsync($"It was idle for {_record!.Spec!.IdleTimeout!.Value.TotalSeconds:0.###} s.");
            case SandboxDue.LifetimeOver:
                return RemoveAsync(LifetimeOver);
            default:
                return Task.CompletedTask;
        }
    }

    private Task LetGoAsync()
    {
        _wanted = false;
        return SuspendAsync();
    }

    private async Task SuspendIdleAsync()
    {
        // One that cannot be suspended now is tried again when it was idle for as long once more.
        var suspended = await SuspendAsync();
        if (!suspended.Succeeded) _deadlines?.Touch();
    }

    /// <summary>Tells what has happened to processes since the last look.</summary>
    /// <param name="forGood">Whether what ended with its sandbox has ended even if there is a checkpoint.</param>
    private void Look(bool forGood = false)
    {
        Volatile.Write(ref _lookQueued, 0);
        if (_live is not { } live) return;

        // They are about to go on from before that.
        if (!forGood && Lost is not null && _record!.Checkpoint is not null) return;
        var news = _ledger.Look(live.Processes, _time.GetUtcNow());
        foreach (var happened in news)
        {
            Append(happened);
            if (happened.Type is SandboxEventType.ProcessExited && Hooks.Failed(happened.ProcessId!, happened.End))
                Append(happened with { Type = SandboxEventType.HookFailed });
        }

        if (news.Exists(happened => happened.Type is SandboxEventType.ProcessExited)) _deadlines!.Touch();
    }

    private void LookAndArm()
    {
        Look();
        Arm();
    }

    private void TickNow()
    {
        if (!_over && !_ending.IsCancellationRequested) _tick.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sets the alarm to the next moment at which something is due.</summary>
    private void Arm()
    {
        if (_over || _ending.IsCancellationRequested) return;
        var due = Timeout.InfiniteTimeSpan;
        if (_stepFailed) Sooner(TryAgainAfter);
        else if (_record is null) Sooner(GoesAfter);
        else if (Lost is not null) Sooner(TimeSpan.Zero);
        else if (_deadlines?.Next(IsBusy) is { } next) Sooner(next);
        if (_schedule is { } schedule && !_stepFailed && Lost is null) Sooner(schedule.Next);
        if (IsUnsaved && !_stepFailed) Sooner(SaveEvery - _time.GetElapsedTime(_unsavedAt));
        if (due == TimeSpan.Zero) TickNow();
        else _alarm.Change(due, Timeout.InfiniteTimeSpan);

        void Sooner(TimeSpan than)
        {
            if (than < TimeSpan.Zero) than = TimeSpan.Zero;
            if (than > LongestSleep) than = LongestSleep;
            if (due == Timeout.InfiniteTimeSpan || than < due) due = than;
        }
    }
}
