namespace Sandbox.Silo.Link;

/// <summary>How far a mould is.</summary>
internal enum PourPhase
{
    /// <summary>The process is no mould.</summary>
    NoMould,

    /// <summary>A mould that waits for its content.</summary>
    Waiting,

    /// <summary>POUR is on its way.</summary>
    Pouring,

    /// <summary>The POUR was answered, one way or the other; there is no second one.</summary>
    Answered,
}
