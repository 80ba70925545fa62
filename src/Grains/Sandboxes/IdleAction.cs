namespace Sandbox.Grains.Sandboxes;

/// <summary>What becomes of a sandbox that was idle for too long.</summary>
[GenerateSerializer, Alias("idle-action")]
public enum IdleAction
{
    /// <summary>It is deleted.</summary>
    Delete = 0,

    /// <summary>It is suspended, and the next call wakes it.</summary>
    Suspend = 1,
}
