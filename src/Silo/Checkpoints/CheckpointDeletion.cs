namespace Sandbox.Silo.Checkpoints;

/// <summary>What came of deleting a checkpoint.</summary>
internal enum CheckpointDeletion
{
    /// <summary>It is gone, and what only it needed.</summary>
    Deleted,

    /// <summary>There was none of that id.</summary>
    NotFound,

    /// <summary>It is needed, and stays.</summary>
    Needed,
}
