namespace Sandbox.Grains.Faults;

/// <summary>
/// The steps between which a server may die on the way of a sandbox to storage and back. Every one of them is walked over by the tests: what is added here
/// without a test of its own makes them fail.
/// </summary>
public enum FaultPoint
{
    /// <summary>A checkpoint: the link stands still, and nothing is written.</summary>
    CheckpointHeld,

    /// <summary>A checkpoint: what the host knows of the sandbox is in files of this host.</summary>
    CheckpointDescribed,

    /// <summary>A checkpoint: runsc's image is beside it.</summary>
    CheckpointImaged,

    /// <summary>A checkpoint, also a copy for a fork: its parts are in the store, its manifest is not.</summary>
    CheckpointPartsStored,

    /// <summary>A checkpoint, also a copy for a fork: its manifest is in the store.</summary>
    CheckpointStored,

    /// <summary>A checkpoint: the head names it.</summary>
    CheckpointCommitted,

    /// <summary>A checkpoint that was deleted: its manifest is gone, its parts are not.</summary>
    CheckpointManifestDeleted,

    /// <summary>A blob is written, and not yet in its place.</summary>
    BlobWritten,

    /// <summary>A suspension: the record says that it has begun.</summary>
    SuspendRecorded,

    /// <summary>A suspension: the record says that the sandbox sleeps.</summary>
    SuspendSlept,

    /// <summary>Nothing of a sandbox is left on the host, and its head still names it.</summary>
    HoldEnding,

    /// <summary>Nothing of a sandbox is left on the host, and its head names nobody.</summary>
    HoldReleased,

    /// <summary>A wake: the record says that it has begun.</summary>
    WakeRecorded,

    /// <summary>A wake: the host holds the sandbox, of which nothing runs.</summary>
    RestoreHeld,

    /// <summary>A wake: the checkpoint's files are on this host.</summary>
    RestoreFetched,

    /// <summary>A wake: the container is filled from the image, and the agent goes on.</summary>
    RestoreResumed,

    /// <summary>A wake: the output logs are what they were.</summary>
    RestoreTakenOver,

    /// <summary>A rewind: the record says that the sandbox sleeps at the earlier state, and what ran still runs.</summary>
    RewindRecorded,

    /// <summary>A fork: the original has the checkpoint that it is to be made of.</summary>
    ForkCheckpointed,

    /// <summary>A fork: its own record says that it is being created.</summary>
    ForkRecorded,

    /// <summary>A fork: it has a checkpoint of its own, and nothing of it runs.</summary>
    ForkCopied,

    /// <summary>A fork: all that were asked for run, and nobody was told.</summary>
    ForkMade,

    /// <summary>A snapshot of one moment: the copy that is to be walked is there.</summary>
    SnapshotCopied,

    /// <summary>A handoff: this host has asked another one for a sandbox.</summary>
    HandoffRequested,

    /// <summary>A handoff: the holder has seen the request.</summary>
    HandoffSeen,

    /// <summary>A handoff: the holder has let the sandbox go, and the request is still there.</summary>
    HandoffLetGo,
}
