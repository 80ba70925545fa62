namespace Sandbox.Grains.Sandboxes.Life;

/// <summary>
/// The state machine of a sandbox's life, and what each state allows. This table is the whole of it:
/// <code>
///             Create     Started   Pause     Resume    Delete     Removed   Lost
/// (none)      Creating   -         NotFound  NotFound  NotFound   -         -
/// Creating    Conflict   Running   Conflict  Conflict  Deleting   -         Failed
/// Running     Conflict   -         Paused    Running   Deleting   -         Failed
/// Paused      Conflict   -         Paused    Running   Deleting   -         Failed
/// Deleting    Conflict   -         Conflict  Conflict  Deleting   Deleted   Deleted
/// Deleted     Creating   -         Gone      Gone      Deleted    -         -
/// Failed      Creating   -         Gone      Gone      Deleted    -         -
/// </code>
/// A word that is no state is the error that a client gets; "-" cannot happen and is a fault of the caller. An id that was deleted or has
/// failed may be created anew, as another sandbox with a higher epoch. A sandbox that was being deleted when it was lost is as deleted as
/// was asked for. The table grows by suspending, suspended and restoring.
/// </summary>
internal static class SandboxLifecycle
{
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
        (SandboxStatus.Creating, SandboxStep.Started) => (SandboxStatus.Running, null),
        (SandboxStatus.Running or SandboxStatus.Paused, SandboxStep.Pause) => (SandboxStatus.Paused, null),
        (SandboxStatus.Running or SandboxStatus.Paused, SandboxStep.Resume) => (SandboxStatus.Running, null),
        (SandboxStatus.Creating or SandboxStatus.Running or SandboxStatus.Paused or SandboxStatus.Deleting, SandboxStep.Delete) =>
            (SandboxStatus.Deleting, null),
        (SandboxStatus.Deleted or SandboxStatus.Failed, SandboxStep.Delete) => (SandboxStatus.Deleted, null),
        (SandboxStatus.Deleting, SandboxStep.Removed or SandboxStep.Lost) => (SandboxStatus.Deleted, null),
        (SandboxStatus.Creating or SandboxStatus.Running or SandboxStatus.Paused, SandboxStep.Lost) => (SandboxStatus.Failed, null),
        ({ } status, SandboxStep.Create) => (status, Conflict(status, "The id is taken by a sandbox that was asked for otherwise.")),
        (_, SandboxStep.Pause or SandboxStep.Resume or SandboxStep.Delete) => (from ?? default, Refuse(from, reason)),
        _ => throw new InvalidOperationException($"A sandbox that is {Name(from)} cannot take the step {step}."),
    };

    /// <summary>Why a state does not allow a use, or null when it does.</summary>
    /// <param name="status">The state; null where there is no record.</param>
    /// <param name="reason">Why it is deleted or has failed.</param>
    /// <param name="use">What a call needs.</param>
    public static SandboxError? Check(SandboxStatus? status, string? reason, SandboxUse use) => (status, use) switch
    {
        (SandboxStatus.Running, _) or (SandboxStatus.Paused, SandboxUse.Look) => null,
        (SandboxStatus.Paused, _) => Conflict(SandboxStatus.Paused, "The sandbox is paused. Resume it first."),
        _ => Refuse(status, reason),
    };

    private static SandboxError Refuse(SandboxStatus? status, string? reason) => status switch
    {
        null => new SandboxError { Code = SandboxErrorCode.NotFound, Message = "There is no such sandbox." },
        SandboxStatus.Creating => Conflict(SandboxStatus.Creating, "The sandbox is being created. Try again when it runs."),
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
