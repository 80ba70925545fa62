using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Events;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Sandboxes;

/// <content>How an activation begins, finds what the host has, and ends.</content>
internal sealed partial class SandboxGrain
{
    private static readonly TimeSpan ReviveAgain = TimeSpan.FromSeconds(10);
    private const int ReviveTries = 30;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _turns = TaskScheduler.Current;
        _key = this.GetPrimaryKeyString();
        var slash = _key.IndexOf('/', StringComparison.Ordinal);
        _id = _key[(slash + 1)..];
        var stream = this.GetStreamProvider(SandboxStreams.Provider).GetStream<SandboxNotice>(SandboxStreams.Of(_key[..slash]));
        _publisher = new EventPublisher(stream, _id, logger);
        _tick = this.RegisterGrainTimer(OnDueAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        using (ExecutionContext.SuppressFlow())
        {
            _alarm = _time.CreateTimer(_ => InTurn(TickNow), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        TakeStored();
        await ReconcileAsync();
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _ending.CancelAsync();
        await _alarm.DisposeAsync();
        Look();
        var lives = _live is not null;
        Detach();

        // Nothing is lost, so no number needs to be kept free.
        if (!_over && (lives || IsUnsaved)) await SaveAsync(reserve: 0);
        if ((lives || _leavesRunning) && reason.ReasonCode is not DeactivationReasonCode.ShuttingDown)
        {
            // What runs must not be without its timeouts. Not awaited, since the next activation waits for this one to end, and not of this
            // activation, which would not be there for the answer. Sees its own failures.
            var self = GrainFactory.GetGrain<ISandboxGrain>(_key);
            _ = Task.Run(() => ReviveAsync(self), CancellationToken.None);
        }
    }

    private void TakeStored()
    {
        _record = state.RecordExists ? state.State : null;
        _log = new EventLog(_record?.Events ?? new EventLogState());
        _ledger = new ProcessLedger(_record?.Events ?? new EventLogState());
        _saved = _log.Last;
        if (SandboxLifecycle.IsOver(_record?.Status)) _log.Seal();
    }

    /// <summary>Brings together what the record says and what the host has.</summary>
    private async Task ReconcileAsync()
    {
        var live = host.FindSandbox(_key);
        _away = false;
        if (_record is not { } record || SandboxLifecycle.IsOver(record.Status))
        {
            // Nobody answers for it any more.
            if (live is not null) await live.DisposeAsync();
            if (_record is { Status: SandboxStatus.Deleted } old && _time.GetUtcNow() - old.Since > SandboxRetention.Deleted)
            {
                await ClearAsync();
                if (host.Holding is { } holding) await holding.ForgetAsync(_key, CancellationToken.None);
            }

            Arm();
            return;
        }

        _away = live is null && record.Status is not SandboxStatus.Suspended && await IsElsewhereAsync();
        if (_away)
        {
            // Whoever runs it writes its record.
            Arm();
        }
        else if (record.Status is SandboxStatus.Deleting)
        {
            if (live is not null) await live.DisposeAsync();
            await EnterAsync(SandboxStep.Removed, record.Reason, SandboxEventType.Deleted);
        }
        else if (SandboxLifecycle.IsAsleep(record.Status))
        {
            await FallAsleepAsync(record, live);
        }
        else if (live is null)
        {
            if (await WasLetGoAsync(record)) return;
            await LoseAsync(record.Status);
        }
        else
        {
            // Its creator had no answer, but it is there.
            if (record.Status is SandboxStatus.Creating) await EnterAsync(SandboxStep.Started, null, SandboxEventType.Created);
            Attach(live);
            await SaveAsync();
            Arm();
        }
    }

    /// <summary>Ends what a predecessor began: whatever it had of the sandbox on this host is behind the checkpoint, or no further than that.</summary>
    private async Task FallAsleepAsync(SandboxRecord record, ILiveSandbox? live)
    {
        if (live is not null) await live.DisposeAsync();
        switch (record.Status)
        {
            case SandboxStatus.Suspended when record.Created + record.Spec!.Lifetime <= _time.GetUtcNow():
                await RemoveAsync(LifetimeOver);
                break;
            case SandboxStatus.Suspended:
                NoteSleep(record.Status);
                break;
            case SandboxStatus.Restoring:
                await EnterAsync(SandboxStep.Slept, null, told: null);
                break;
            default:
                // Times alone would not tell: the checkpoint before may be of a host whose clock is ahead.
                var newest = await NewestAsync();
                if (newest is null || newest.Created < record.Since || string.Equals(newest.Id, record.Checkpoint, StringComparison.Ordinal))
                {
                    await LoseAsync(record.Status);
                    break;
                }

                _record = record with { Checkpoint = newest.Id };
                await EnterAsync(SandboxStep.Slept, null, Happened(SandboxEventType.Suspended) with { CheckpointId = newest.Id });
                break;
        }
    }

    /// <summary>What ran is gone: it goes on from its newest checkpoint, or has failed.</summary>
    private async Task LoseAsync(SandboxStatus status)
    {
        if (status is not SandboxStatus.Creating && await NewestAsync() is { } checkpoint)
        {
            await SleepAtAsync(checkpoint, WhyLost(status));
            return;
        }

        // Whoever was making a fork was not told of it, so it goes with the copy that it had.
        await host.Checkpoints.DeleteAllAsync(_key, CancellationToken.None);
        await EnterAsync(SandboxStep.Lost, WhyLost(status), SandboxEventType.Failed);
    }

    /// <summary>The checkpoint to go on from. What the head does not name was not committed, or lies behind a rewind.</summary>
    private async Task<CheckpointDescription?> NewestAsync()
    {
        var all = await host.Checkpoints.ListAsync(_key, CancellationToken.None);
        var head = host.Holding is { } holding ? await holding.FindHeadAsync(_key, CancellationToken.None) : null;
        return Array.Find(all, checkpoint => string.Equals(checkpoint.Id, head?.Checkpoint, StringComparison.Ordinal)) ?? all.LastOrDefault();
    }

    private static string WhyLost(SandboxStatus status) => status is SandboxStatus.Creating
        ? "The server ended while the sandbox was being created."
        : "The server that ran the sandbox was stopped or has crashed, and what ran in it is lost.";

    private void Attach(ILiveSandbox live)
    {
        _live = live;
        if (live.Epoch > _record!.Epoch) _record = _record with { Epoch = live.Epoch };
        _deadlines = new SandboxDeadlines(_time, _record!.Spec!, _record.Created);
        _schedule = _record.Spec!.CheckpointInterval is { } interval ? new CheckpointSchedule(_time, interval) : null;
        live.ProcessChanged += OnProcessChanged;
        live.Wanted += OnWanted;
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        Look();

        // Ends with the sandbox, and never fails.
        _ = WatchAsync(live);
    }

    private void Detach()
    {
        if (_live is null) return;
        _live.ProcessChanged -= OnProcessChanged;
        _live.Wanted -= OnWanted;
        _live = null;
        _deadlines = null;
        _schedule = null;
        DelayDeactivation(TimeSpan.Zero);
    }

    private async Task WatchAsync(ILiveSandbox live)
    {
        await ((Task)live.Ended).WaitAsync(_ending.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (ReferenceEquals(live, _live)) Arm();
    }

    /// <summary>On any thread, as often as the host likes: one turn looks at all that has changed meanwhile.</summary>
    private void OnProcessChanged(ILiveProcess process)
    {
        if (Interlocked.Exchange(ref _lookQueued, 1) == 0) InTurn(LookAndArm);
    }

    /// <summary>For what comes from outside of the grain's turns: runs it as one, between those of others.</summary>
    private void InTurn(Action act) => _ = Task.Factory.StartNew(act, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns);

    private async Task ReviveAsync(ISandboxGrain self)
    {
        for (var tries = 1; tries <= ReviveTries; tries++)
        {
            try
            {
                await self.DescribeAsync();
                return;
            }
            catch (Exception e)
            {
                // The store may be out of reach, or the silo be stopping; the host's walk over the records comes by as well.
                LogNotRevived(e, _key, tries);
            }

            await Task.Delay(ReviveAgain, _time);
        }
    }
}
