namespace Sandbox.Grains.Holding;

/// <summary>What a head says of its sandbox. The numbers are stored and never change their meaning.</summary>
public enum HeadStatus
{
    /// <summary>Nothing runs and nothing is stored yet: a holder is about to start it.</summary>
    New = 0,

    /// <summary>It runs where the holder is; without a holder it ran, and what is stored is its last checkpoint.</summary>
    Running = 1,

    /// <summary>It sleeps: the current checkpoint is all of it.</summary>
    Suspended = 2,

    /// <summary>It ended and cannot go on.</summary>
    Failed = 3,

    /// <summary>It is deleted. The head stays for a while, so that the epoch does not begin again.</summary>
    Deleted = 4,
}
