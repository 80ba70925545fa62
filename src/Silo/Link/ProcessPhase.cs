namespace Sandbox.Silo.Link;

/// <summary>How far a process is, as its frames have told.</summary>
internal enum ProcessPhase
{
    /// <summary>START is on its way.</summary>
    Starting,

    /// <summary>STARTED came.</summary>
    Running,

    /// <summary>EXIT came; output that it wrote may still follow.</summary>
    Exited,

    /// <summary>DRAINED came; only programs that it left behind may still write.</summary>
    Drained,

    /// <summary>Nothing runs under this number: START_FAILED came, or the id was started before.</summary>
    NeverRan,
}
