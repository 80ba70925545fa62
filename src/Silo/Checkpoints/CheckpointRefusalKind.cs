namespace Sandbox.Silo.Checkpoints;

/// <summary>Why a checkpoint is not used. Others of the same sandbox may still be.</summary>
internal enum CheckpointRefusalKind
{
    /// <summary>There is none of that id.</summary>
    NotFound,

    /// <summary>Its manifest or one of its parts is not what was stored.</summary>
    Damaged,

    /// <summary>One of its parts is not in the store.</summary>
    PartMissing,

    /// <summary>It bears no signature.</summary>
    Unsigned,

    /// <summary>It is signed with a key that this host does not have.</summary>
    WrongKey,

    /// <summary>It is another checkpoint's manifest under this one's name.</summary>
    Foreign,

    /// <summary>A later version of the product made it.</summary>
    TooNew,

    /// <summary>This host does not have the version of runsc that made it.</summary>
    RunscVersion,

    /// <summary>This host runs another platform.</summary>
    Platform,

    /// <summary>This host's processor lacks features that the image may use.</summary>
    CpuFeatures,

    /// <summary>The template or a layer below it is not to be had.</summary>
    TemplateMissing,

    /// <summary>This host does not have the guest agent that runs in it.</summary>
    AgentVersion,

    /// <summary>runsc cannot make a sandbox of its image here.</summary>
    Image,

    /// <summary>It needs more memory and disk than this host gives a sandbox.</summary>
    Size,

    /// <summary>It was not finished in time and has been taken for left behind.</summary>
    Abandoned,
}
