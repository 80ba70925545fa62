namespace Sandbox.Silo.Containers;

/// <summary>Why there is no checkpoint.</summary>
internal enum CheckpointFailure
{
    /// <summary>The container has ended, or did meanwhile.</summary>
    Ended,

    /// <summary>It is frozen: thaw it first.</summary>
    Frozen,

    /// <summary>The directory for the image cannot be made, or is not empty.</summary>
    Directory,

    /// <summary>The disk is full.</summary>
    NoSpace,

    /// <summary>It took longer than its deadline. The guest goes on once runsc has let go of it.</summary>
    TimedOut,

    /// <summary>runsc failed for another reason; the message has its words.</summary>
    Runsc,
}
