namespace Sandbox.Grains.Sandboxes;

/// <summary>Where a sandbox is in its life.</summary>
[GenerateSerializer, Alias("sandbox-status")]
public enum SandboxStatus
{
    /// <summary>Its container is being started.</summary>
    Creating = 0,

    /// <summary>It runs programs.</summary>
    Running = 1,

    /// <summary>It is frozen in place: its programs stand still and keep their memory.</summary>
    Paused = 2,

    /// <summary>It is being removed.</summary>
    Deleting = 3,

    /// <summary>It is gone, because someone asked for it or its time was over.</summary>
    Deleted = 4,

    /// <summary>It is gone, because of something that nobody asked for; the reason says what.</summary>
    Failed = 5,

    /// <summary>It is being put to storage.</summary>
    Suspending = 6,

    /// <summary>It is in storage with its programs, and on no host. The next call that needs it wakes it.</summary>
    Suspended = 7,

    /// <summary>It is being brought back from storage.</summary>
    Restoring = 8,
}
