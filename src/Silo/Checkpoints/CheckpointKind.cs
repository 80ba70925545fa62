namespace Sandbox.Silo.Checkpoints;

/// <summary>Why a checkpoint was made. The names are stored.</summary>
internal enum CheckpointKind
{
    /// <summary>Somebody asked for it.</summary>
    Manual,

    /// <summary>The sandbox went to sleep.</summary>
    Suspend,

    /// <summary>It was time for one.</summary>
    Periodic,

    /// <summary>The first one of a fork: a copy of another sandbox's.</summary>
    Fork,
}
