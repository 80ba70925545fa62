using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Events;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes.Life;
using Sandbox.Grains.Snapshots;

namespace Sandbox.Grains.Sandboxes;

/// <content>
/// Checkpoints, sleeping and waking, going back, copies. These calls run one at a time. What needs a sandbox that sleeps wakes it by a call to this grain
/// itself, which waits its turn among them.
/// </content>
internal sealed partial class SandboxGrain
{
    /// <summary>How often a call is made again whose sandbox was suspended under it.</summary>
    private const int WakeTries = 5;

    // Before a copy that is to go elsewhere is tried again, times the tries so far: the hosts tell each other meanwhile what they have.
    private static readonly TimeSpan _movedPause = TimeSpan.FromMilliseconds(100);

    // Completes when the sandbox that sleeps does not any more; null while none sleeps.
    private TaskCompletionSource? _asleep;

    // Completes when what runs now runs no more here, and is to go on elsewhere.
    private TaskCompletionSource _fallsAsleep = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Completes when what runs now is written down as asleep or as over.
    private TaskCompletionSource _settles = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // How far readers came while it slept. Its keys are those of readers that were attached, since whoever attaches wakes it.
    private readonly Dictionary<(string Process, ProcessChannel Channel), long> _acknowledged = [];

    private bool IsAsleep => SandboxLifecycle.IsAsleep(Status) && _live is null;

    private bool IsKnownAsleep => IsAsleep && _record!.Processes is not null;

    /// <inheritdoc/>
    public Task<Outcome<CheckpointDescription>> CheckpointAsync(string? label, CancellationToken cancellationToken = default) =>
        StoredAsync(() => CheckpointInTurnAsync(label, cancellationToken));

    private async Task<Outcome<CheckpointDescription>> CheckpointInTurnAsync(string? label, CancellationToken cancellationToken)
    {
        if (await WakeInTurnAsync(cancellationToken) is { } error) return Failed<CheckpointDescription>(error);
        _deadlines!.Touch();
        var began = _time.GetTimestamp();
        var taken = await _live!.CheckpointAsync(Request(suspend: false, label), cancellationToken);
        if (taken.Succeeded) await NoteCheckpointAsync(taken.Value, began);
        return taken;
    }

    /// <inheritdoc/>
    public Task<Outcome<TakenSnapshot>> SnapshotAsync(string name, SnapshotOptions options, CancellationToken cancellationToken = default) => StoredAsync(async () =>
    {
        if (await WakeInTurnAsync(cancellationToken) is { } error) return Failed<TakenSnapshot>(error);
        _deadlines!.Touch();
        return await _live!.SnapshotAsync(name, options, cancellationToken);
    });

    /// <inheritdoc/>
    public Task<Outcome<SandboxDescription>> SuspendAsync() => StoredAsync(SuspendInTurnAsync);

    private async Task<Outcome<SandboxDescription>> SuspendInTurnAsync()
    {
        await SettleAsync();
        if (await ComeHomeAsync(_ending.Token) is { } away) return Failed<SandboxDescription>(away);
        var (to, error) = SandboxLifecycle.Take(_record?.Status, SandboxStep.Suspend, _record?.Reason);
        if (error is null && to is SandboxStatus.Suspending) error = Refusal(SandboxUse.Look);
        if (error is not null) return Failed<SandboxDescription>(error);
        if (to is SandboxStatus.Suspended) return Described();
        var paused = _record!.Status is SandboxStatus.Paused;
        try
        {
            await EnterAsync(SandboxStep.Suspend, null, told: null);
            FaultPoints.Reach(FaultPoint.SuspendRecorded);
            if (await SuspendRunningAsync(paused) is { } failure) return Failed<SandboxDescription>(failure);
        }
        catch (InconsistentStateException)
        {
            // What the store says now is the answer.
        }
        catch when (_record is { Status: SandboxStatus.Suspending } && Lost is null)
        {
            // It was not even written down.
            await StayAwakeAsync(paused);
            throw;
        }

        return Described();
    }

    /// <inheritdoc/>
    public Task<Outcome<SandboxDescription>> RestoreAsync(CancellationToken cancellationToken = default) =>
        StoredAsync(() => RestoreInTurnAsync(cancellationToken));

    private async Task<Outcome<SandboxDescription>> RestoreInTurnAsync(CancellationToken cancellationToken) =>
        await WakeInTurnAsync(cancellationToken) is { } error ? Failed<SandboxDescription>(error) : Described();

    /// <inheritdoc/>
    public Task<Outcome<SandboxDescription>> RestoreColdAsync(CancellationToken cancellationToken = default) => StoredAsync(async () =>
    {
        var error = await WakeInTurnAsync(cancellationToken);
        if (error is { CanStartCold: true }) error = await WakeInTurnAsync(cancellationToken, unrestorable: error.Message);
        return error is null ? Described() : Failed<SandboxDescription>(error);
    });

    /// <inheritdoc/>
    public Task<Outcome<SandboxDescription>> RewindAsync(string checkpointId, CancellationToken cancellationToken = default) =>
        StoredAsync(() => RewindInTurnAsync(checkpointId, cancellationToken));

    private async Task<Outcome<SandboxDescription>> RewindInTurnAsync(string checkpointId, CancellationToken cancellationToken)
    {
        await SettleAsync();
        if (await ComeHomeAsync(cancellationToken) is { } away) return Failed<SandboxDescription>(away);
        if (SandboxLifecycle.IsOver(_record?.Status) || _record!.Status is SandboxStatus.Deleting or SandboxStatus.Creating)
            return Failed<SandboxDescription>(SandboxLifecycle.Check(_record?.Status, _record?.Reason, SandboxUse.Look) ?? Again());
        var all = await host.Checkpoints.ListAsync(_key, cancellationToken);
        if (Array.Find(all, checkpoint => string.Equals(checkpoint.Id, checkpointId, StringComparison.Ordinal)) is not { } target)
            return Failed<SandboxDescription>(new SandboxError { Code = SandboxErrorCode.NotFound, Message = $"The sandbox has no checkpoint '{checkpointId}'." });
        if (await GoElsewhereAsync(_record!.Spec) is { } moved) return Failed<SandboxDescription>(moved);
        await SleepAtAsync(target, reason: null);

        // Here, however full it is by now: the call made again elsewhere would go back twice.
        return await WakeInTurnAsync(cancellationToken, stays: true) is { } error ? Failed<SandboxDescription>(error) : Described();
    }

    /// <inheritdoc/>
    public Task<Outcome<ForkedSandboxes>> ForkAsync(string[] ids, CancellationToken cancellationToken = default) =>
        StoredAsync(() => ForkInTurnAsync(ids, cancellationToken));

    private async Task<Outcome<ForkedSandboxes>> ForkInTurnAsync(string[] ids, CancellationToken cancellationToken)
    {
        await SettleAsync();
        if (await ComeHomeAsync(cancellationToken) is { } away) return Failed<ForkedSandboxes>(away);
        string? checkpoint;
        if (_record is { Status: SandboxStatus.Suspended } asleep)
        {
            checkpoint = asleep.Checkpoint!;
        }
        else
        {
            var taken = await CheckpointInTurnAsync(label: null, cancellationToken);
            if (!taken.Succeeded) return Failed<ForkedSandboxes>(taken.Error);
            checkpoint = taken.Value.Id;
        }

        FaultPoints.Reach(FaultPoint.ForkCheckpointed);
        var owner = _key[..^_id.Length];
        var fork = new SandboxFork { FromKey = _key, CheckpointId = checkpoint, Spec = _record!.Spec! };
        var forks = await Task.WhenAll(ids.Select(id => ForkOnceAsync(GrainFactory.GetGrain<ISandboxGrain>(owner + id), fork, cancellationToken)));
        if (Array.Find(forks, made => !made.Succeeded) is { Error: { } error })
        {
            // All or none.
            await Task.WhenAll(forks.Where(made => made.Succeeded).Select(made =>
                GrainFactory.GetGrain<ISandboxGrain>(owner + made.Value!.Sandbox.Id).DeleteAsync("Another fork of the same call failed.")));
            return Failed<ForkedSandboxes>(error);
        }

        FaultPoints.Reach(FaultPoint.ForkMade);
        foreach (var id in ids) Append(Happened(SandboxEventType.Forked) with { CheckpointId = checkpoint, SandboxId = id });

        // Nobody else has their tokens.
        await SoonAsync(SaveAsync());
        return new Outcome<ForkedSandboxes> { Value = new ForkedSandboxes { Sandboxes = [.. forks.Select(made => made.Value!)] } };
    }

    /// <inheritdoc/>
    public Task<Outcome<CreatedSandbox>> CreateForkAsync(SandboxFork fork, CancellationToken cancellationToken = default) =>
        StoredAsync(() => CreateAsync(fork.Spec, token: null, fork, cancellationToken));

    /// <inheritdoc/>
    public Task<Outcome<CheckpointList>> ListCheckpointsAsync(CancellationToken cancellationToken = default) => StoredAsync(() => ListedAsync(cancellationToken));

    private async Task<Outcome<CheckpointList>> ListedAsync(CancellationToken cancellationToken) =>
        SandboxLifecycle.IsOver(_record?.Status)
            ? Failed<CheckpointList>(SandboxLifecycle.Check(_record?.Status, _record?.Reason, SandboxUse.Look)!)
            : new Outcome<CheckpointList>
            {
                Value = new CheckpointList { Checkpoints = await host.Checkpoints.ListAsync(_key, cancellationToken), Current = _record!.Checkpoint },
            };

    /// <inheritdoc/>
    public Task<Outcome<CheckpointList>> DeleteCheckpointAsync(string checkpointId, CancellationToken cancellationToken = default) =>
        StoredAsync(() => DeleteCheckpointInTurnAsync(checkpointId, cancellationToken));

    private async Task<Outcome<CheckpointList>> DeleteCheckpointInTurnAsync(string checkpointId, CancellationToken cancellationToken)
    {
        // What another host runs goes on from what its head names, whatever the record here said last.
        var current = _live is null && host.Holding is { } holding && await IsElsewhereAsync()
            ? (await holding.FindHeadAsync(_key, cancellationToken))?.Checkpoint
            : _record?.Checkpoint;
        if (string.Equals(checkpointId, current, StringComparison.Ordinal))
        {
            return Failed<CheckpointList>(new SandboxError
            {
                Code = SandboxErrorCode.Conflict,
                Message = $"The sandbox goes on from '{checkpointId}' if its host is lost, or when it wakes: take another checkpoint first.",
                Status = Status,
            });
        }

        if (!SandboxLifecycle.IsOver(_record?.Status)) await host.Checkpoints.DeleteAsync(_key, checkpointId, cancellationToken);
        return await ListedAsync(cancellationToken);
    }

    private static async Task<Outcome<CreatedSandbox>> ForkOnceAsync(ISandboxGrain grain, SandboxFork fork, CancellationToken cancellationToken)
    {
        try
        {
            for (var tries = 1; ; tries++)
            {
                var made = await grain.CreateForkAsync(fork, cancellationToken);
                if (tries == WakeTries || made.Error is not { Code: SandboxErrorCode.Moved }) return made;
                await Task.Delay(_movedPause * (tries - 1), cancellationToken);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The others are to be undone.
            return Failed<CreatedSandbox>(new SandboxError { Code = SandboxErrorCode.Unavailable, Message = $"A fork failed: {e.Message}" });
        }
    }

    /// <summary>It was not suspended, and is as it was: what was paused stands still again.</summary>
    private async Task StayAwakeAsync(bool paused)
    {
        await SoonAsync(EnterAsync(SandboxStep.StayedAwake, null, told: null));
        if (paused) await SoonAsync(EnterAsync(SandboxStep.Pause, null, told: null));
    }

    private async Task<SandboxError?> SuspendRunningAsync(bool paused)
    {
        var live = _live!;
        Outcome<CheckpointDescription> taken;
        try
        {
            taken = await live.CheckpointAsync(Request(suspend: true, label: null), _ending.Token);
        }
        catch (Exception e)
        {
            LogNotSuspended(e, _key);
            taken = Failed<CheckpointDescription>(new SandboxError { Code = SandboxErrorCode.Unavailable, Message = $"It could not be suspended, and goes on: {e.Message}" });
        }

        if (!taken.Succeeded)
        {
            if (Lost is not null) await SettleAsync();
            else await StayAwakeAsync(paused);
            _acknowledged.Clear();
            Arm();
            return taken.Error;
        }

        Look();
        _record = _record! with { Checkpoint = taken.Value.Id, Processes = [.. live.Processes.Select(process => process.Describe())], Relapses = 0 };
        Detach();
        // While that is written down: all that it is lies in the store.
        var ending = live.DisposeAsync().AsTask();
        try
        {
            await SoonAsync(EnterAsync(SandboxStep.Slept, null, Happened(SandboxEventType.Suspended) with { CheckpointId = taken.Value.Id }));
            FaultPoints.Reach(FaultPoint.SuspendSlept);
        }
        finally
        {
            await ending;
        }

        await RetainAsync();
        return null;
    }

    /// <summary>Lets the sandbox sleep at an earlier state: what runs is given up.</summary>
    private async Task SleepAtAsync(CheckpointDescription checkpoint, string? reason, int relapses = 0)
    {
        Look();
        var live = _live;
        Detach();
        var epoch = _record!.Epoch + 1;
        _record = _record with
        {
            Checkpoint = checkpoint.Id,
            Epoch = epoch,
            SureSince = epoch,
            Timeline = _record.Timeline + 1,
            Processes = null,
            Relapses = relapses,
        };
        _ledger = new ProcessLedger();
        _acknowledged.Clear();
        var told = Happened(SandboxEventType.Rewound) with
        {
            CheckpointId = checkpoint.Id,
            Since = checkpoint.Created,
            Timeline = _record.Timeline,
            Reason = reason,
        };
        try
        {
            if (_record.Status is SandboxStatus.Suspended)
            {
                Append(told);
                await SaveAsync();
            }
            else
            {
                await EnterAsync(SandboxStep.Slept, null, told);
            }

            FaultPoints.Reach(FaultPoint.RewindRecorded);
        }
        finally
        {
            if (live is not null) await live.DisposeAsync();
        }
    }

    /// <summary>Wakes a sandbox that sleeps, from a call that runs alone.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="stays">Whether it stays on this host, however full that is.</param>
    /// <param name="unrestorable">Why its checkpoint cannot be restored, where it is to be started with the files alone.</param>
    private async Task<SandboxError?> WakeInTurnAsync(CancellationToken cancellationToken, bool stays = false, string? unrestorable = null)
    {
        await SettleAsync();
        if (await ComeHomeAsync(cancellationToken) is { } away) return away;
        var (to, error) = SandboxLifecycle.Take(_record?.Status, SandboxStep.Wake, _record?.Reason);
        if (error is not null) return error;
        if (to is not SandboxStatus.Restoring) return Refusal(SandboxUse.Look);
        if (Resting is { } rest) return rest;
        try
        {
            if (!stays && await GoElsewhereAsync(_record?.Spec) is { } moved) return moved;
            _record = _record! with { Epoch = _record.Epoch + 1 };
            await EnterAsync(SandboxStep.Wake, null, told: null);
            FaultPoints.Reach(FaultPoint.WakeRecorded);
            return await GoOnAsync(stays, unrestorable, cancellationToken);
        }
        catch (Exception e) when (e is not InconsistentStateException && _record is { Status: SandboxStatus.Restoring })
        {
            await SoonAsync(EnterAsync(SandboxStep.Slept, null, told: null));
            throw;
        }
    }

    /// <summary>Why it cannot be woken yet, or null.</summary>
    private SandboxError? Resting
    {
        get
        {
            var rest = Relapses.Rest(_record!.Relapses);
            var rested = _time.GetUtcNow() - _record.Since;

            // Less than nothing where another host, whose clock is ahead, has written it down: then nobody can tell.
            return rested < TimeSpan.Zero || rested >= rest ? null : new SandboxError
            {
                Code = SandboxErrorCode.Unavailable,
                Message = $"The sandbox has ended by itself {_record.Relapses} times in a row soon after it went on, and rests for {rest.TotalSeconds} s. Rewind it to an older checkpoint.",
                RetryAfter = rest - rested,
            };
        }
    }

    private async Task<SandboxError?> GoOnAsync(bool stays, string? unrestorable, CancellationToken cancellationToken)
    {
        var record = _record!;
        var timeline = unrestorable is null ? record.Timeline : record.Timeline + 1;
        var restore = new CheckpointRestore
        {
            CheckpointId = record.Checkpoint!,
            Timeline = timeline,
            Epoch = record.Epoch,
            Cold = unrestorable is not null,
            Stays = stays,
        };
        var restored = await host.RestoreSandboxAsync(_key, record.Spec!, restore, cancellationToken);
        if (!restored.Succeeded)
        {
            await SoonAsync(EnterAsync(SandboxStep.Slept, null, told: null));
            return stays ? restored.Error : await GoWhereRoomIsAsync(restored.Error, record.Spec!);
        }

        // Nobody sees anything of it before it is written down: until then it may still sleep on as if nothing had been.
        var live = restored.Value;
        var running = record with
        {
            Status = SandboxLifecycle.Take(record.Status, SandboxStep.Started).To,
            Since = _time.GetUtcNow(),
            Epoch = Math.Max(record.Epoch, live.Epoch),
            Timeline = timeline,
            Processes = null,
        };
        if (live.Cold is not null) running = running with { SureSince = running.Epoch, Relapses = 0 };
        if (record.Processes is null)
        {
            // What was told of another history says nothing of this one.
            _ledger = new ProcessLedger();
            _ledger.Take(live.Processes, live.Cold?.Programs);
        }

        Append(live.Cold is { } cold
            ? Happened(SandboxEventType.StartedCold) with { CheckpointId = record.Checkpoint, Since = cold.Since, Timeline = timeline, Reason = unrestorable, ProcessIds = LostWith(cold) }
            : Happened(SandboxEventType.Restored) with { CheckpointId = record.Checkpoint, Timeline = timeline });
        try
        {
            await SaveAsync(running);
        }
        catch (Exception e)
        {
            if (e is not InconsistentStateException) Append(Happened(SandboxEventType.Suspended) with { CheckpointId = record.Checkpoint });
            await live.DisposeAsync();
            throw;
        }

        _record = running;
        Attach(live);
        AcknowledgeKept(live);
        NoteSleep(running.Status);
        RunHooks(forked: false);
        Arm();
        return null;
    }

    /// <summary>The programs that ran, as far as anything tells.</summary>
    private string[]? LostWith(ColdStart cold) => cold.Programs is null && _record!.Processes is null
        ? null
        : [.. (_record!.Processes ?? []).Where(process => process.End is null).Select(process => process.Id).Union(cold.Programs ?? [], StringComparer.Ordinal)];

    /// <summary>
    /// For calls that run beside others: has a sandbox that sleeps woken, also one that was lost just now, and waits for one that is falling asleep or waking.
    /// </summary>
    private async ValueTask<SandboxError?> WakeAsync()
    {
        if (_over) return Moved();
        if (!SandboxLifecycle.IsAsleep(Status) && !_away && Lost is null) return null;
        var waking = GrainFactory.GetGrain<ISandboxGrain>(_key).RestoreAsync();
        return await UnlessLeftAsync(waking) ? (await waking).Error : Moved();
    }

    /// <summary>Waits for a call to this grain itself. The next activation, which may have to answer it, waits for this one, and so for who waits here, to end.</summary>
    /// <returns>False when this activation is over.</returns>
    private async Task<bool> UnlessLeftAsync(Task call)
    {
        if (await Task.WhenAny(call, _left.Task) == call)
        {
            await call;
            return true;
        }

        _ = ForgetAsync();
        return false;

        async Task ForgetAsync() =>
            await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>Makes a call on a sandbox that is awake; again, when it was suspended under it.</summary>
    private async Task<Outcome<T>> AwakeAsync<T>(Func<Task<Outcome<T>>> call)
        where T : class
    {
        for (var tries = 1; ; tries++)
        {
            if (await WakeAsync() is { } error) return Failed<T>(error);
            var outcome = await call();
            if (tries == WakeTries || !SandboxLifecycle.IsAsleep(outcome.Error?.Status)) return outcome;
        }
    }

    private void NoteSleep(SandboxStatus status)
    {
        if (status is SandboxStatus.Suspended || SandboxLifecycle.IsOver(status)) _settles.TrySetResult();
        else if (_settles.Task.IsCompleted) _settles = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        if (SandboxLifecycle.IsAsleep(status))
        {
            _asleep ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (status is SandboxStatus.Suspended) _fallsAsleep.TrySetResult();
            return;
        }

        if (_fallsAsleep.Task.IsCompleted) _fallsAsleep = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        _asleep?.SetResult();
        _asleep = null;
    }

    private CheckpointRequest Request(bool suspend, string? label) => new()
    {
        Suspend = suspend,
        Label = label,
        Parent = _record!.Checkpoint,
        Epoch = _record.Epoch,
        Timeline = _record.Timeline,
    };

    [LoggerMessage(313, LogLevel.Error, "{Sandbox} could not be suspended, and goes on")]
    private partial void LogNotSuspended(Exception exception, string sandbox);

    private SandboxEvent Happened(SandboxEventType type) => new() { Sequence = 0, Time = _time.GetUtcNow(), Type = type };
}
