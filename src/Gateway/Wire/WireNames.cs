using Sandbox.Grains.Events;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Wire;

/// <summary>The names on the wire of what the grains count.</summary>
internal static class WireNames
{
    public const string Stdout = "stdout";
    public const string Stderr = "stderr";
    public const string Terminal = "terminal";

    public static string Of(SandboxStatus status) => status switch
    {
        SandboxStatus.Creating => "creating",
        SandboxStatus.Running => "running",
        SandboxStatus.Paused => "paused",
        SandboxStatus.Deleting => "deleting",
        SandboxStatus.Deleted => "deleted",
        SandboxStatus.Suspending => "suspending",
        SandboxStatus.Suspended => "suspended",
        SandboxStatus.Restoring => "restoring",
        _ => "failed",
    };

    public static string Of(IdleAction action) => action switch
    {
        IdleAction.Delete => "delete",
        IdleAction.Suspend => "suspend",
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "An idle action without a name."),
    };

    public static string Of(ProcessEndReason reason) => reason switch
    {
        ProcessEndReason.Exited => "exited",
        ProcessEndReason.Killed => "killed",
        ProcessEndReason.Timeout => "timeout",
        ProcessEndReason.OutOfMemory => "out_of_memory",
        _ => "sandbox_ended",
    };

    public static string Of(ProcessChannel channel) => channel switch
    {
        ProcessChannel.Stdout => Stdout,
        ProcessChannel.Stderr => Stderr,
        _ => Terminal,
    };

    public static string Of(SandboxEventType type) => type switch
    {
        SandboxEventType.Created => "created",
        SandboxEventType.ProcessStarted => "process_started",
        SandboxEventType.ProcessExited => "process_exited",
        SandboxEventType.Paused => "paused",
        SandboxEventType.Resumed => "resumed",
        SandboxEventType.IdleWarning => "idle_warning",
        SandboxEventType.Deleting => "deleting",
        SandboxEventType.Deleted => "deleted",
        SandboxEventType.Failed => "failed",
        SandboxEventType.Checkpointed => "checkpointed",
        SandboxEventType.Suspended => "suspended",
        SandboxEventType.Restored => "restored",
        SandboxEventType.Rewound => "rewound",
        SandboxEventType.Forked => "forked",
        SandboxEventType.CheckpointFailed => "checkpoint_failed",
        SandboxEventType.HookFailed => "hook_failed",
        SandboxEventType.HandoffRequested => "handoff_requested",
        SandboxEventType.StartedCold => "started_cold",
        _ => "gap",
    };
}
