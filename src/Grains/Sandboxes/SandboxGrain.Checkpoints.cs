using Microsoft.Extensions.Logging;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Events;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Sandboxes;

/// <content>Checkpoints that are taken by themselves, and how many are kept. In turns that run one at a time.</content>
internal sealed partial class SandboxGrain
{
    // While it lives here and is to have periodic checkpoints.
    private CheckpointSchedule? _schedule;

    /// <summary>Notes a checkpoint that was taken of what runs.</summary>
    /// <param name="taken">The checkpoint.</param>
    /// <param name="began">When it began, on the clock's timestamps.</param>
    private async Task NoteCheckpointAsync(CheckpointDescription taken, long began)
    {
        _schedule?.Taken(began);
        _record = _record! with { Checkpoint = taken.Id };
        Append(Happened(SandboxEventType.Checkpointed) with { CheckpointId = taken.Id });

        // The head names it, which is what counts.
        await SoonAsync(SaveAsync());
        if (!IsUnsaved) await RetainAsync();
    }

    /// <summary>Takes a periodic checkpoint where one is due. It is no activity. If it fails the sandbox goes on, and the next one is tried in its time.</summary>
    private async Task CheckpointIfDueAsync()
    {
        if (_live is not { } live || _record!.Status is not (SandboxStatus.Running or SandboxStatus.Paused)) return;
        if (_schedule?.Check(_deadlines!.Active, IsBusy, _record.Status is SandboxStatus.Paused) is not true) return;
        var began = _time.GetTimestamp();
        Outcome<CheckpointDescription> taken;
        try
        {
            taken = await live.CheckpointAsync(Request(suspend: false, label: null) with { Periodic = true }, _ending.Token);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            LogNotCheckpointed(e, _key);
            taken = Failed<CheckpointDescription>(new SandboxError { Code = SandboxErrorCode.Unavailable, Message = e.Message });
        }

        if (taken.Succeeded) await NoteCheckpointAsync(taken.Value, began);

        // What has ended has no state to keep, and that is told as what it is.
        else if (Lost is null) Append(Happened(SandboxEventType.CheckpointFailed) with { Reason = taken.Error.Message });
    }

    /// <summary>Lets those go that are more than are to be kept. Only when the record names the newest: what is lost goes on from that.</summary>
    private async Task RetainAsync()
    {
        if (_record is not { Spec.KeepCheckpoints: { } keep, Checkpoint: { } current }) return;
        try
        {
            await host.Checkpoints.RetainAsync(_key, keep, current, _ending.Token);
        }
        catch (Exception e)
        {
            // Nothing depends on it: the next checkpoint tries again.
            LogNotRetained(e, _key);
        }
    }

    [LoggerMessage(314, LogLevel.Error, "A periodic checkpoint of {Sandbox} could not be taken, and it goes on")]
    private partial void LogNotCheckpointed(Exception exception, string sandbox);

    [LoggerMessage(315, LogLevel.Warning, "Old checkpoints of {Sandbox} could not be deleted; the next checkpoint tries again")]
    private partial void LogNotRetained(Exception exception, string sandbox);
}
