using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Events;
using Sandbox.Grains.Hosting;
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

    // Completes when the sandbox that sleeps does not any more; null while none sleeps.
    private TaskCompletionSource? _asleep;
    private bool _rewound;

    // Completes when what runs now runs no more here, and is to go on elsewhere.
    private TaskCompletionSource _fallsAsleep = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Completes when what runs now is written down as asleep or as over.
    private TaskCompletionSource _settles = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // How far readers came while it slept. Its keys are those of readers that were attached, since whoever attaches wakes it.
    private readonly Dictionary<(string Process, ProcessChannel Channel), long> _acknowledged = [];

    private bool IsAsleep => SandboxLifecycle.IsAsleep(Status) && _live is null;

    private bool IsKnownAsleep => IsAsleep && _record!.Processes is not null;

    /// <inheritdoc/>
    public async Task<Outcome<CheckpointDescription>> CheckpointAsync(string? label, CancellationToken cancellationToken = default)
    {
        if (await WakeInTurnAsync(cancellationToken) is { } error) return Failed<CheckpointDescription>(error);
        _deadlines!.Touch();
        try
        {
            var taken = await _live!.CheckpointAsync(Request(suspend: false, label), cancellationToken);
            if (!taken.Succeeded) return taken;
            _record = _record! with { Checkpoint = taken.Value.Id };
            Append(Happened(SandboxEventType.Checkpointed) with { CheckpointId = taken.Value.Id });
            await SaveAsync();
            return taken;
        }
        catch (InconsistentStateException)
        {
            return Failed<CheckpointDescription>(Again());
        }
    }

    /// <inheritdoc/>
    public async Task<Outcome<TakenSnapshot>> SnapshotAsync(string name, SnapshotOptions options, CancellationToken cancellationToken = default)
    {
        if (await WakeInTurnAsync(cancellationToken) is { } error) return Failed<TakenSnapshot>(error);
        _deadlines!.Touch();
        return await _live!.SnapshotAsync(name, options, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Outcome<SandboxDescription>> SuspendAsync()
    {
        await SettleAsync();
        if (await ComeHomeAsync(_ending.Token) is { } away) return Failed<SandboxDescription>(away);
        var (to, error) = SandboxLifecycle.Take(_record?.Status, SandboxStep.Suspend, _record?.Reason);
        if (error is null && to is SandboxStatus.Suspending) error = Refusal(SandboxUse.Look);
        if (error is not null) return Failed<SandboxDescription>(error);
        if (to is SandboxStatus.Suspended) return Described();
        try
        {
            await EnterAsync(SandboxStep.Suspend, null, told: null);
            if (await SuspendRunningAsync() is { } failure) return Failed<SandboxDescription>(failure);
        }
        catch (InconsistentStateException)
        {
            // What the store says now is the answer.
        }

        return Described();
    }

    /// <inheritdoc/>
    public async Task<Outcome<SandboxDescription>> RestoreAsync(CancellationToken cancellationToken = default) =>
        await WakeInTurnAsync(cancellationToken) is { } error ? Failed<SandboxDescription>(error) : Described();

    /// <inheritdoc/>
    public async Task<Outcome<SandboxDescription>> RewindAsync(string checkpointId, CancellationToken cancellationToken = default)
    {
        await SettleAsync();
        if (await ComeHomeAsync(cancellationToken) is { } away) return Failed<SandboxDescription>(away);
        if (SandboxLifecycle.IsOver(_record?.Status) || _record!.Status is SandboxStatus.Deleting or SandboxStatus.Creating)
            return Failed<SandboxDescription>(SandboxLifecycle.Check(_record?.Status, _record?.Reason, SandboxUse.Look) ?? Again());
        var all = await host.Checkpoints.ListAsync(_key, cancellationToken);
        if (Array.Find(all, checkpoint => string.Equals(checkpoint.Id, checkpointId, StringComparison.Ordinal)) is not { } target)
            return Failed<SandboxDescription>(new SandboxError { Code = SandboxErrorCode.NotFound, Message = $"The sandbox has no checkpoint '{checkpointId}'." });
        try
        {
            await SleepAtAsync(target, reason: null);
        }
        catch (InconsistentStateException)
        {
            return Failed<SandboxDescription>(Again());
        }

        return await RestoreAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Outcome<ForkedSandboxes>> ForkAsync(string[] ids, CancellationToken cancellationToken = default)
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
            var taken = await CheckpointAsync(label: null, cancellationToken);
            if (!taken.Succeeded) return Failed<ForkedSandboxes>(taken.Error);
            checkpoint = taken.Value.Id;
        }

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

        foreach (var id in ids) Append(Happened(SandboxEventType.Forked) with { CheckpointId = checkpoint, SandboxId = id });
        await SaveAsync();
        return new Outcome<ForkedSandboxes> { Value = new ForkedSandboxes { Sandboxes = [.. forks.Select(made => made.Value!)] } };
    }

    /// <inheritdoc/>
    public Task<Outcome<CreatedSandbox>> CreateForkAsync(SandboxFork fork, CancellationToken cancellationToken = default) =>
        CreateAsync(fork.Spec, token: null, fork, cancellationToken);

    /// <inheritdoc/>
    public async Task<Outcome<CheckpointList>> ListCheckpointsAsync(CancellationToken cancellationToken = default) =>
        SandboxLifecycle.IsOver(_record?.Status)
            ? Failed<CheckpointList>(SandboxLifecycle.Check(_record?.Status, _record?.Reason, SandboxUse.Look)!)
            : new Outcome<CheckpointList>
            {
                Value = new CheckpointList { Checkpoints = await host.Checkpoints.ListAsync(_key, cancellationToken), Current = _record!.Checkpoint },
            };

    /// <inheritdoc/>
    public async Task<Outcome<CheckpointList>> DeleteCheckpointAsync(string checkpointId, CancellationToken cancellationToken = default)
    {
        if (string.Equals(checkpointId, _record?.Checkpoint, StringComparison.Ordinal))
        {
            return Failed<CheckpointList>(new SandboxError
            {
                Code = SandboxErrorCode.Conflict,
                Message = $"The sandbox goes on from '{checkpointId}' if its host is lost, or when it wakes: take another checkpoint first.",
                Status = Status,
            });
        }

        if (!SandboxLifecycle.IsOver(_record?.Status)) await host.Checkpoints.DeleteAsync(_key, checkpointId, cancellationToken);
        return await ListCheckpointsAsync(cancellationToken);
    }

    private static async Task<Outcome<CreatedSandbox>> ForkOnceAsync(ISandboxGrain grain, SandboxFork fork, CancellationToken cancellationToken)
    {
        try
        {
            return await grain.CreateForkAsync(fork, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The others are to be undone.
            return Failed<CreatedSandbox>(new SandboxError { Code = SandboxErrorCode.Unavailable, Message = $"A fork failed: {e.Message}" });
        }
    }

    private async Task<SandboxError?> SuspendRunningAsync()
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
            else await EnterAsync(SandboxStep.StayedAwake, null, told: null);
            _acknowledged.Clear();
            Arm();
            return taken.Error;
        }

        Look();
        _record = _record! with { Checkpoint = taken.Value.Id, Processes = [.. live.Processes.Select(process => process.Describe())] };
        Detach();
        // While that is written down: all that it is lies in the store.
        var ending = live.DisposeAsync().AsTask();
        try
        {
            await EnterAsync(SandboxStep.Slept, null, Happened(SandboxEventType.Suspended) with { CheckpointId = taken.Value.Id });
        }
        finally
        {
            await ending;
        }

        return null;
    }

    /// <summary>Lets the sandbox sleep at an earlier state: what runs is given up.</summary>
    private async Task SleepAtAsync(CheckpointDescription checkpoint, string? reason)
    {
        Look();
        var live = _live;
        Detach();
        var epoch = _record!.Epoch + 1;
        _record = _record with { Checkpoint = checkpoint.Id, Epoch = epoch, SureSince = epoch, Timeline = _record.Timeline + 1, Processes = null };
        _ledger = new ProcessLedger();
        _acknowledged.Clear();
        _rewound = true;
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
        }
        finally
        {
            if (live is not null) await live.DisposeAsync();
        }
    }

    /// <summary>Wakes a sandbox that sleeps, from a call that runs alone.</summary>
    private async Task<SandboxError?> WakeInTurnAsync(CancellationToken cancellationToken)
    {
        await SettleAsync();
        if (await ComeHomeAsync(cancellationToken) is { } away) return away;
        var (to, error) = SandboxLifecycle.Take(_record?.Status, SandboxStep.Wake, _record?.Reason);
        if (error is not null) return error;
        if (to is not SandboxStatus.Restoring) return Refusal(SandboxUse.Look);
        try
        {
            _record = _record! with { Epoch = _record.Epoch + 1 };
            await EnterAsync(SandboxStep.Wake, null, told: null);
            return await GoOnAsync(cancellationToken);
        }
        catch (InconsistentStateException)
        {
            return Again();
        }
    }

    private async Task<SandboxError?> GoOnAsync(CancellationToken cancellationToken)
    {
        var record = _record!;
        var restore = new CheckpointRestore { CheckpointId = record.Checkpoint!, Timeline = record.Timeline, Epoch = record.Epoch };
        Outcome<ILiveSandbox> restored;
        try
        {
            restored = await host.RestoreSandboxAsync(_key, record.Spec!, restore, cancellationToken);
        }
        catch
        {
            await EnterAsync(SandboxStep.Slept, null, told: null);
            throw;
        }

        if (!restored.Succeeded)
        {
            await EnterAsync(SandboxStep.Slept, null, told: null);
            return restored.Error;
        }

        if (_rewound) _ledger.Take(restored.Value.Processes);
        _rewound = false;
        _record = record with { Processes = null };
        Attach(restored.Value);
        AcknowledgeKept(restored.Value);
        try
        {
            await EnterAsync(
                SandboxStep.Started, null, Happened(SandboxEventType.Restored) with { CheckpointId = record.Checkpoint, Timeline = record.Timeline });
        }
        catch when (_live is { } live)
        {
            Detach();
            await live.DisposeAsync();
            throw;
        }

        Arm();
        return null;
    }

    /// <summary>For calls that run beside others: has a sandbox that sleeps woken, and waits for one that is falling asleep or waking.</summary>
    private async ValueTask<SandboxError?> WakeAsync()
    {
        if (!SandboxLifecycle.IsAsleep(Status) && !_away) return null;
        var woken = await GrainFactory.GetGrain<ISandboxGrain>(_key).RestoreAsync();
        return woken.Error;
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
