namespace Sandbox.Grains.Sandboxes.Life;

/// <summary>
/// The state machine of a sandbox's life, and what each state allows. This table is the whole of it:
/// <code>
///             Create     Started   Pause     Resume    Delete     Removed   Lost      Suspend     Slept      StayedAwake  Wake
/// (none)      Creating   -         NotFound  NotFound  NotFound   -         -         NotFound    -          -            NotFound
/// Creating    Conflict   Running   Conflict  Conflict  Deleting   -         Failed    Conflict    -          -            Conflict
/// Running     Conflict   -         Paused    Running   Deleting   -         Failed    Suspending  Suspended  -            Running
/// Paused      Conflict   -         Paused    Running   Deleting   -         Failed    Suspending  Suspended  -            Paused
/// Suspending  Conflict   -         Conflict  Conflict  Deleting   -         Failed    Conflict    Suspended  Running      Conflict
/// Suspended   Conflict   -         Conflict  Conflict  Deleting   -         Failed    Suspended   -          -            Restoring
/// Restoring   Conflict   Running   Conflict  Conflict  Deleting   -         Failed    Conflict    Suspended  -            Conflict
/// Deleting    Conflict   -         Conflict  Conflict  Deleting   Deleted   Deleted   Conflict    -          -            Conflict
/// Deleted     Creating   -         Gone      Gone      Deleted    -         -         Gone        -          -            Gone
/// Failed      Creating   -         Gone      Gone      Deleted    -         -         Gone        -          -            Gone
/// </code>
/// A word that is no state is the error that a client gets; "-" cannot happen and is a fault of the caller. An id that was deleted or has
/// failed may be created anew, as another sandbox with a higher epoch. A sandbox that was being deleted when it was lost is as deleted as
/// was asked for. What runs and is lost sleeps from then on where it has a checkpoint to go on from.
/// </summary>
internal static class SandboxLifecycle
{
    /// <summary>Whether the sandbox is in storage, or on its way there or back.</summary>
    public static bool IsAsleep(SandboxStatus? status) => status is SandboxStatus.Suspending or SandboxStatus.Suspended or SandboxStatus.Restoring;

    /// <summary>Whether the sandbox is gone and its id free.</summary>
    public static bool IsOver(SandboxStatus? status) => status is null or SandboxStatus.Deleted or SandboxStatus.Failed;

    /// <summary>Where a step leads.</summary>
    /// <param name="from">The state; null where there is no record.</param>
    /// <param name="step">The step.</param>
    /// <param name="reason">Why it is deleted or has failed.</param>
    /// <returns>The next state (perhaps the same), or why not.</returns>
    /// <exception cref="InvalidOperationException">The step cannot happen in this state.</exception>
    public static (SandboxStatus To, SandboxError? Error) Take(SandboxStatus? from, SandboxStep step, string? reason = null) => (from, step) switch
    {
        (null or SandboxStatus.Deleted or SandboxStatus.Failed, SandboxStep.Create) => (SandboxStatus.Creating, null),
        (SandboxStatus.Creating or SandboxStatus.Restoring, SandboxStep.Started) => (SandboxStatus.Running, null),
        (SandboxStatus.Running or SandboxStatus.Paused, SandboxStep.Suspend) => (SandboxStatus.Suspending, null),
        (SandboxStatus.Running or SandboxStatus.Paused or SandboxStatus.Suspending or SandboxStatus.Restoring, SandboxStep.Slept) =>
            (SandboxStatus.Suspended, null),
        (SandboxStatus.Suspending, SandboxStep.StayedAwake) => (SandboxStatus.Running, null),
        (SandboxStatus.Suspended, SandboxStep.Suspend) => (SandboxStatus.Suspended, null),
        (SandboxStatus.Suspended, SandboxStep.Wake) => (SandboxStatus.Restoring, null),
        (SandboxStatus.Running or SandboxStatus.Paused, SandboxStep.Wake) => (from.Value, null),
        (SandboxStatus.Running or SandboxStatus.Paused, SandboxStep.Pause) => (SandboxStatus.Paused, null),
        (SandboxStatus.Running or SandboxStatus.Paused, SandboxStep.Resume) => (SandboxStatus.Running, null),
        (not (null or SandboxStatus.Deleted or SandboxStatus.Failed), SandboxStep.Delete) => (SandboxStatus.Deleting, null),
        (SandboxStatus.Deleted or SandboxStatus.Failed, SandboxStep.Delete) => (SandboxStatus.Deleted, null),
        (SandboxStatus.Deleting, SandboxStep.Removed or SandboxStep.Lost) => (SandboxStatus.Deleted, null),
        (not (null or SandboxStatus.Deleted or SandboxStatus.Failed), SandboxStep.Lost) => (SandboxStatus.Failed, null),
        ({ } status, SandboxStep.Create) => (status, Conflict(status, "The id is taken by a sandbox that was asked for otherwise.")),
        (_, SandboxStep.Pause or SandboxStep.Resume or SandboxStep.Delete or SandboxStep.Suspend or SandboxStep.Wake) => (from ?? default, Refuse(from, reason)),
        _ => throw new InvalidOperationException($"A sandbox that is {Name(from)} cannot take the step {step}."),
    };

    /// <summary>Why a state does not allow a use, or null when it does.</summary>
    /// <param name="status">The state; null where there is no record.</param>
    /// <param name="reason">Why it is deleted or has failed.</param>
    /// <param name="use">What a call needs.</param>
    public static SandboxError? Check(SandboxStatus? status, string? reason, SandboxUse use) => (status, use) switch
    {
        (SandboxStatus.Running, _) or (SandboxStatus.Paused or SandboxStatus.Suspending, SandboxUse.Look) => null,
        // It does not come back, so nobody need wait for its end.
        (SandboxStatus.Deleting, _) => new SandboxError { Code = SandboxErrorCode.Gone, Message = reason ?? "The sandbox is being deleted.", Status = status },
        (SandboxStatus.Paused, _) => Conflict(SandboxStatus.Paused, "The sandbox is paused. Resume it first."),
        _ => Refuse(status, reason),
    };

    private static SandboxError Refuse(SandboxStatus? status, string? reason) => status switch
    {
        null => new SandboxError { Code = SandboxErrorCode.NotFound, Message = "There is no such sandbox." },
        SandboxStatus.Creating => Conflict(SandboxStatus.Creating, "The sandbox is being created. Try again when it runs."),
        SandboxStatus.Suspending => Conflict(SandboxStatus.Suspending, "The sandbox is being suspended. Try again, which wakes it."),
        SandboxStatus.Suspended => Conflict(SandboxStatus.Suspended, "The sandbox is suspended. Restore it first, or start something in it, which wakes it."),
        SandboxStatus.Restoring => Conflict(SandboxStatus.Restoring, "The sandbox is being restored. Try again when it runs."),
        SandboxStatus.Deleting => Conflict(SandboxStatus.Deleting, "The sandbox is being deleted."),
        SandboxStatus.Deleted or SandboxStatus.Failed => new SandboxError
        {
            Code = SandboxErrorCode.Gone,
            Message = reason ?? $"The sandbox is {Name(status)}.",
            Status = status,
        },
        _ => Conflict(status.Value, $"The sandbox is {Name(status)}."),
    };

    /// <summary>The error of something that a state does not allow.</summary>
    public static SandboxError Conflict(SandboxStatus status, string message) =>
        new() { Code = SandboxErrorCode.Conflict, Message = message, Status = status };

    private static string Name(SandboxStatus? status) => status?.ToString().ToLowerInvariant() ?? "not there";
}
