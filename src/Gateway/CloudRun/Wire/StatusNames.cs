namespace Sandbox.Gateway.CloudRun.Wire;

/// <summary>The statuses of <c>status_update</c> events. They are on the wire and never change.</summary>
internal static class StatusNames
{
    public const string Creating = "SANDBOX_CREATING";
    public const string Running = "SANDBOX_RUNNING";
    public const string CreationError = "SANDBOX_CREATION_ERROR";
    public const string Restoring = "SANDBOX_RESTORING";
    public const string RestoreError = "SANDBOX_RESTORE_ERROR";
    public const string PermissionDenied = "SANDBOX_PERMISSION_DENIAL_ERROR";
    public const string NotFound = "SANDBOX_NOT_FOUND";
    public const string InUse = "SANDBOX_IN_USE";
    public const string Error = "SANDBOX_ERROR";

    public const string ExecutionRunning = "SANDBOX_EXECUTION_RUNNING";
    public const string ExecutionDone = "SANDBOX_EXECUTION_DONE";
    public const string ExecutionError = "SANDBOX_EXECUTION_ERROR";
    public const string UnsupportedLanguage = "SANDBOX_EXECUTION_UNSUPPORTED_LANGUAGE_ERROR";
    public const string ExecutionInProgress = "SANDBOX_EXECUTION_IN_PROGRESS_ERROR";
    public const string ForceKilled = "SANDBOX_EXECUTION_FORCE_KILLED";
    public const string ForceKillError = "SANDBOX_EXECUTION_FORCE_KILL_ERROR";
    public const string StdinError = "SANDBOX_STDIN_ERROR";

    public const string Killing = "SANDBOX_KILLING";
    public const string Deleting = "SANDBOX_DELETING";
    public const string Deleted = "SANDBOX_DELETED";
    public const string Killed = "SANDBOX_KILLED";
    public const string KillError = "SANDBOX_KILL_ERROR";

    public const string Checkpointing = "SANDBOX_CHECKPOINTING";
    public const string Checkpointed = "SANDBOX_CHECKPOINTED";
    public const string CheckpointError = "SANDBOX_CHECKPOINT_ERROR";

    public const string SnapshotCreating = "SANDBOX_FILESYSTEM_SNAPSHOT_CREATING";
    public const string SnapshotCreated = "SANDBOX_FILESYSTEM_SNAPSHOT_CREATED";
    public const string SnapshotError = "SANDBOX_FILESYSTEM_SNAPSHOT_ERROR";

    public const string LockAcquiring = "SANDBOX_LOCK_ACQUIRING";
    public const string LockAcquired = "SANDBOX_LOCK_ACQUIRED";
    public const string LockReleaseRequested = "SANDBOX_LOCK_RELEASE_REQUESTED";
    public const string LockRenewalError = "SANDBOX_LOCK_RENEWAL_ERROR";
}
