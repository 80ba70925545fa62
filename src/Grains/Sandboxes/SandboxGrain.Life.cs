using Orleans.Storage;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Events;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Sandboxes;

/// <content>Creating, freezing, removing. These calls run one at a time.</content>
internal sealed partial class SandboxGrain
{
    /// <inheritdoc/>
    public Task<Outcome<CreatedSandbox>> CreateAsync(SandboxSpec spec, string? token, CancellationToken cancellationToken = default) =>
        StoredAsync(() => CreateAsync(spec, token, fork: null, cancellationToken));

    private async Task<Outcome<CreatedSandbox>> CreateAsync(SandboxSpec spec, string? token, SandboxFork? fork, CancellationToken cancellationToken)
    {
        await SettleAsync();
        if (fork is not null && !SandboxLifecycle.IsOver(_record?.Status))
            return Failed<CreatedSandbox>(SandboxLifecycle.Take(_record?.Status, SandboxStep.Create).Error!);
        if (Existing(spec, token) is { } existing) return existing;
        if (SandboxSpecRules.Check(spec) is { } invalid) return new Outcome<CreatedSandbox> { Error = invalid };
        if (await GoElsewhereAsync(spec) is { } moved) return new Outcome<CreatedSandbox> { Error = moved };

        var (before, oldLog) = (_record, _log);
        var secret = token ?? SandboxToken.Create();
        _record = new SandboxRecord
        {
            Spec = spec,
            Status = SandboxLifecycle.Take(before?.Status, SandboxStep.Create).To,
            Created = _time.GetUtcNow(),
            Since = _time.GetUtcNow(),
            Epoch = (before?.Epoch ?? 0) + 1,
            SureSince = (before?.Epoch ?? 0) + 1,
            Timeline = 1,
            Checkpoint = fork?.CheckpointId,
            TokenHash = SandboxToken.Hash(secret),
        };
        (_log, _ledger) = (_log.Restart(), new ProcessLedger());
        try
        {
            // A fork that could not be made may have left its copy of a checkpoint, for want of the store.
            if (before is { Status: SandboxStatus.Failed, Checkpoint: not null }) await host.Checkpoints.DeleteAllAsync(_key, cancellationToken);

            // Of what nobody was answered nothing needs to be known, but where it is: in the head. A copy has stored its checkpoint before it runs.
            if (fork is not null) await SaveAsync();
            if (await StartAsync(token => StartOnHostAsync(spec, fork, token), before, oldLog, cancellationToken) is { } refused)
                return new Outcome<CreatedSandbox> { Error = await GoWhereRoomIsAsync(refused, spec) };
        }
        catch (InconsistentStateException)
        {
            // Another activation was quicker: its sandbox is the one. It has told its token to whoever asked there.
            return Existing(spec, token) ?? new Outcome<CreatedSandbox> { Error = Again() };
        }
        catch
        {
            Abandon();
            throw;
        }

        // Of what came out of a checkpoint: a copy, or one from a start state.
        RunHooks(forked: true);
        Arm();
        return new Outcome<CreatedSandbox> { Value = new CreatedSandbox { Sandbox = Described().Value!, Token = secret, Created = true } };
    }

    /// <inheritdoc/>
    public Task<Outcome<SandboxDescription>> DeleteAsync(string reason) => StoredAsync(() => DeleteInTurnAsync(reason));

    private async Task<Outcome<SandboxDescription>> DeleteInTurnAsync(string reason)
    {
        await SettleAsync();
        if (await ComeHomeAsync(_ending.Token) is { } away) return new Outcome<SandboxDescription> { Error = away };
        var (to, error) = SandboxLifecycle.Take(_record?.Status, SandboxStep.Delete, _record?.Reason);
        if (error is not null) return new Outcome<SandboxDescription> { Error = error };
        try
        {
            if (to is SandboxStatus.Deleting) await RemoveAsync(reason);
            else if (_record!.Status is SandboxStatus.Failed)
            {
                if (_record.Checkpoint is not null) await host.Checkpoints.DeleteAllAsync(_key, CancellationToken.None);
                await EnterAsync(SandboxStep.Delete, reason, SandboxEventType.Deleted);
            }
        }
        catch (InconsistentStateException)
        {
            // What the store says now is the answer.
        }

        return Described();
    }

    /// <inheritdoc/>
    public Task<Outcome<SandboxDescription>> PauseAsync() => StoredAsync(() =>
        FreezeAsync(SandboxStep.Pause, SandboxStatus.Paused, SandboxEventType.Paused, live => live.PauseAsync(_ending.Token)));

    /// <inheritdoc/>
    public Task<Outcome<SandboxDescription>> ResumeAsync() => StoredAsync(() =>
        FreezeAsync(SandboxStep.Resume, SandboxStatus.Running, SandboxEventType.Resumed, live => live.ResumeAsync(_ending.Token)));

    private async Task<Outcome<SandboxDescription>> FreezeAsync(
        SandboxStep step, SandboxStatus wanted, SandboxEventType told, Func<ILiveSandbox, Task> act)
    {
        await SettleAsync();
        if (await ComeHomeAsync(_ending.Token) is { } away) return new Outcome<SandboxDescription> { Error = away };
        var (_, error) = SandboxLifecycle.Take(_record?.Status, step, _record?.Reason);
        error ??= Refusal(SandboxUse.Look);
        if (error is not null) return new Outcome<SandboxDescription> { Error = error };
        _deadlines!.Touch();
        if (_record!.Status == wanted) return Described();
        try
        {
            await act(_live!);
            await EnterAsync(step, null, told);
        }
        catch (InconsistentStateException)
        {
            // What the store says now is the answer.
        }
        catch when (Lost is not null)
        {
            await SettleAsync();
            return new Outcome<SandboxDescription> { Error = Refusal(SandboxUse.Look) ?? Again() };
        }

        return Described();
    }

    /// <summary>Writes down first that the sandbox has ended, where it has.</summary>
    private async Task SettleAsync()
    {
        if (Lost is not { } lost) return;
        try
        {
            await FailAsync(lost);
        }
        catch (InconsistentStateException)
        {
            // What the store says now is what is known now.
        }
    }

    private Outcome<CreatedSandbox>? Existing(SandboxSpec spec, string? token)
    {
        if (_record is not { } record || SandboxLifecycle.IsOver(record.Status)) return null;
        if (!SandboxSpecRules.AreEqual(record.Spec!, spec) || record.Status is SandboxStatus.Deleting)
        {
            return new Outcome<CreatedSandbox> { Error = SandboxLifecycle.Take(record.Status, SandboxStep.Create).Error };
        }

        if (token is not null && !SandboxToken.Matches(token, record.TokenHash))
        {
            return new Outcome<CreatedSandbox> { Error = SandboxLifecycle.Conflict(record.Status, "The id is taken by a sandbox with another token.") };
        }

        _deadlines?.Touch();
        return new Outcome<CreatedSandbox> { Value = new CreatedSandbox { Sandbox = Described().Value!, Token = token, Created = false } };
    }

    /// <summary>Starts what the record says is being created.</summary>
    /// <returns>Why the host did not, after which everything is as it was before.</returns>
    private async Task<SandboxError?> StartAsync(
        Func<CancellationToken, Task<Outcome<ILiveSandbox>>> start, SandboxRecord? before, EventLog oldLog, CancellationToken cancellationToken)
    {
        Outcome<ILiveSandbox> started;
        try
        {
            started = await start(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await ForgetAsync(before, oldLog);
            throw;
        }
        catch (Exception e)
        {
            await EnterAsync(SandboxStep.Lost, $"It could not be started: {e.Message}", SandboxEventType.Failed);
            throw;
        }

        if (!started.Succeeded)
        {
            await ForgetAsync(before, oldLog);
            return started.Error;
        }

        Attach(started.Value);
        try
        {
            await EnterAsync(SandboxStep.Started, null, SandboxEventType.Created);
        }
        catch when (_live is { } live)
        {
            // Nobody would learn its token, and the record does not say that it runs.
            Detach();
            await live.DisposeAsync();
            throw;
        }

        return null;
    }

    private async Task<Outcome<ILiveSandbox>> StartOnHostAsync(SandboxSpec spec, SandboxFork? fork, CancellationToken cancellationToken)
    {
        if (fork is null)
        {
            var started = await host.StartSandboxAsync(_key, spec, cancellationToken);
            // Of a start state.
            if (started.Succeeded) _ledger.Take(started.Value.Processes);
            return started;
        }

        FaultPoints.Reach(FaultPoint.ForkRecorded);
        Outcome<ILiveSandbox>? made = null;
        try
        {
            made = await RestoreForkAsync(spec, fork, cancellationToken);
            return made;
        }
        finally
        {
            if (made?.Succeeded is not true) await host.Checkpoints.DeleteAllAsync(_key, CancellationToken.None);
        }
    }

    private async Task<Outcome<ILiveSandbox>> RestoreForkAsync(SandboxSpec spec, SandboxFork fork, CancellationToken cancellationToken)
    {
        var copied = await host.Checkpoints.CopyAsync(fork.FromKey, fork.CheckpointId, _key, cancellationToken);
        if (!copied.Succeeded) return Failed<ILiveSandbox>(copied.Error);
        _record = _record! with { Checkpoint = copied.Value.Id };
        FaultPoints.Reach(FaultPoint.ForkCopied);
        var restore = new CheckpointRestore { CheckpointId = copied.Value.Id, Timeline = _record!.Timeline, Epoch = _record.Epoch, Forked = true };
        var restored = await host.RestoreSandboxAsync(_key, spec, restore, cancellationToken);
        if (restored.Succeeded) _ledger.Take(restored.Value.Processes);
        return restored;
    }

    /// <summary>Takes a creation back that the host refused: nothing ever ran, so nothing is to be told of it. The epoch stays used.</summary>
    private async Task ForgetAsync(SandboxRecord? before, EventLog oldLog)
    {
        // Whoever reads the log that came to nothing.
        _log.Seal();
        if (before is null)
        {
            await ClearAsync();
            Arm();
            return;
        }

        _log = oldLog;

        _record = before with { Epoch = _record!.Epoch };
        await SaveAsync();
    }

    private async Task RemoveAsync(string reason)
    {
        if (_record!.Status is not SandboxStatus.Deleting) await EnterAsync(SandboxStep.Delete, reason, SandboxEventType.Deleting);
        if (_live is { } live)
        {
            try
            {
                await live.DisposeAsync();
            }
            catch
            {
                _stepFailed = true;
                Arm();
                throw;
            }

            Look();
            Detach();
        }

        if (_record.Checkpoint is not null)
        {
            try
            {
                await host.Checkpoints.DeleteAllAsync(_key, CancellationToken.None);
            }
            catch
            {
                _stepFailed = true;
                Arm();
                throw;
            }
        }

        await EnterAsync(SandboxStep.Removed, _record.Reason, SandboxEventType.Deleted);
    }

    private async Task FailAsync(string reason)
    {
        var live = _live!;

        // A host that may not run it any more says nothing about the sandbox.
        var relapses = live.IsHeld ? Relapses.Count(_record!.Relapses, _time.GetUtcNow() - _record.Since) : _record!.Relapses;
        if (relapses < Relapses.Most && await NewestAsync() is { } checkpoint)
        {
            await SleepAtAsync(checkpoint, reason, relapses);
            return;
        }

        if (relapses == Relapses.Most) reason = $"{reason} It was the {relapses}th time in a row within {Relapses.Soon.TotalSeconds} s of its going on.";
        Look(forGood: true);
        Detach();
        try
        {
            await EnterAsync(SandboxStep.Lost, reason, SandboxEventType.Failed);
        }
        finally
        {
            await live.DisposeAsync();
        }
    }

    private static SandboxError Again() => new()
    {
        Code = SandboxErrorCode.Unavailable,
        Message = "The sandbox was being changed elsewhere at the same time. Try again.",
        RetryAfter = TimeSpan.FromSeconds(1),
    };
}
