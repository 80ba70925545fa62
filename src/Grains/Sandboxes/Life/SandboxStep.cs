namespace Sandbox.Grains.Sandboxes.Life;

/// <summary>What may happen to a sandbox.</summary>
internal enum SandboxStep
{
    /// <summary>A client asks for it to be.</summary>
    Create,

    /// <summary>Its container runs.</summary>
    Started,

    /// <summary>A client freezes it.</summary>
    Pause,

    /// <summary>A client lets it go on.</summary>
    Resume,

    /// <summary>A client, or its own time, removes it.</summary>
    Delete,

    /// <summary>It was removed.</summary>
    Removed,

    /// <summary>Its container is not there any more, and nobody removed it.</summary>
    Lost,

    /// <summary>A client, or its own time, puts it to storage.</summary>
    Suspend,

    /// <summary>It is in storage, and on no host.</summary>
    Slept,

    /// <summary>It could not be put to storage, and goes on.</summary>
    StayedAwake,

    /// <summary>It is needed again.</summary>
    Wake,
}
