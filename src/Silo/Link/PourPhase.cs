namespace Sandbox.Silo.Link;

/// <summary>How far a mould is.</summary>
internal enum PourPhase
{
    /// <summary>The process is no mould.</summary>
    NoMould,

    /// <summary>A mould that waits for its content; while it runs.</summary>
    Waiting,

    /// <summary>POUR is on its way.</summary>
    Pouring,

    /// <summary>POURED came; it is a mould no more.</summary>
    Poured,
}
