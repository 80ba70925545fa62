using Orleans.Storage;
using Sandbox.Grains.Events;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Sandboxes;

/// <content>
/// Where hosts share a store: each may have an activation of a sandbox's grain. That of the host that holds the sandbox writes the record; the others read it
/// anew, once the holder has let go, before they do anything. In a cluster there is one activation, which goes to where there is room.
/// </content>
internal sealed partial class SandboxGrain
{
    // Whether another host runs it, as far as is known here.
    private bool _away;

    // Completes when this activation is over, and the sandbox goes on in another.
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _wanted;
    private bool _comesHome;

    /// <summary>Has whoever runs the sandbox let it go, and reads what he left. Before each call that needs what does not live here, in its turn.</summary>
    private async Task<SandboxError?> ComeHomeAsync(CancellationToken cancellationToken)
    {
        if (_live is not null || _over || host.Holding is not { IsShared: true } holding) return null;
        try
        {
            _comesHome = true;
            if (await holding.BringAsync(_key, cancellationToken) is { } error) return error;
        }
        finally
        {
            _comesHome = false;
        }

        await ReadAnewAsync();
        return _away ? Again() : null;
    }

    /// <inheritdoc/>
    public Task RefreshAsync() => _live is null && !_over ? ReadAnewAsync() : Task.CompletedTask;

    private async Task ReadAnewAsync()
    {
        var known = state.Etag;
        await state.ReadStateAsync();
        if (string.Equals(known, state.Etag, StringComparison.Ordinal) && !_away) return;
        if (!string.Equals(known, state.Etag, StringComparison.Ordinal))
        {
            var log = _log;
            TakeStored();

            // Its readers go on in the new one.
            log.Seal();
        }

        await ReconcileAsync();
    }

    /// <summary>
    /// Before what answers from memory: reads anew what another host may have written since, of a sandbox that does not live here. Where the store cannot be
    /// reached, what was known last is the answer; and while the sandbox is on its way here, that is read anyway.
    /// </summary>
    private async ValueTask LookAgainAsync()
    {
        if (_live is not null || _over || _comesHome || host.Holding is not { IsShared: true } holding) return;
        try
        {
            if (!_away && (await holding.FindHeadAsync(_key, CancellationToken.None))?.Epoch == _record?.Epoch) return;
            await UnlessLeftAsync(GrainFactory.GetGrain<ISandboxGrain>(_key).RefreshAsync());
        }
        catch (InconsistentStateException)
        {
            // What the store says now is known.
        }
        catch (Exception e) when (OfStore(e) is not null)
        {
            LogStoreFailed(e, _key);
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<SandboxDescription>> HandOverAsync()
    {
        if (_live is not null && Lost is null) Append(Happened(SandboxEventType.HandoffRequested));
        return SuspendAsync();
    }

    /// <inheritdoc/>
    public Task MakeWayAsync() => _over ? Task.CompletedTask : GoElsewhereAsync(_record?.Spec);

    private async Task<bool> IsElsewhereAsync() =>
        host.Holding is { IsShared: true } holding && await holding.IsElsewhereAsync(_key, CancellationToken.None);

    /// <summary>Ends this activation where the sandbox, which does not run, had better run elsewhere: the next call finds it there.</summary>
    /// <returns>What to answer, or null when it may run here.</returns>
    private async Task<SandboxError?> GoElsewhereAsync(SandboxSpec? spec)
    {
        if (_live is not null || spec is null || host.Rooms is not { } rooms || !rooms.IsElsewhere(spec)) return null;
        if (_record is not null && IsUnsaved) await SaveAsync();
        Leave();
        rooms.SendElsewhere(GrainContext, spec);

        // Its readers go on there too.
        await _ending.CancelAsync();
        return Moved();
    }

    /// <summary>What to answer when this host did not take it: if another was quicker here and there is room elsewhere, it goes on there.</summary>
    private async Task<SandboxError> GoWhereRoomIsAsync(SandboxError refused, SandboxSpec spec) =>
        refused.Code is SandboxErrorCode.Overloaded && await GoElsewhereAsync(spec) is { } moved ? moved : refused;

    /// <summary>What its holder left when it was asked to let go: all that the sandbox was, in storage.</summary>
    private async Task<bool> WasLetGoAsync(SandboxRecord record)
    {
        if (record.Status is not (SandboxStatus.Running or SandboxStatus.Paused) || host.Holding is not { IsShared: true } holding) return false;
        if (await holding.FindHeadAsync(_key, CancellationToken.None) is not { Status: HeadStatus.Suspended, IsHeld: false, Checkpoint: { } checkpoint }) return false;
        _record = record with { Checkpoint = checkpoint, Processes = null };
        await EnterAsync(SandboxStep.Slept, null, Happened(SandboxEventType.Suspended) with { CheckpointId = checkpoint });
        return true;
    }

    private void OnWanted() => InTurn(() =>
    {
        _wanted = true;
        TickNow();
    });

    private static SandboxError Moved() => new()
    {
        Code = SandboxErrorCode.Moved,
        Message = "The sandbox goes on at another host. Try again.",
        RetryAfter = TimeSpan.FromSeconds(1),
    };
}
