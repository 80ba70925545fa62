namespace Sandbox.Silo.Link;

/// <summary>How far a link is.</summary>
internal enum LinkPhase
{
    /// <summary>The agent has not said HELLO.</summary>
    AwaitingHello,

    /// <summary>CONFIGURE is on its way.</summary>
    AwaitingReady,

    /// <summary>READY came; processes may be started.</summary>
    Ready,

    /// <summary>HOLD is on its way.</summary>
    Holding,

    /// <summary>HELD came: neither side says anything.</summary>
    Held,

    /// <summary>RESUME is on its way.</summary>
    Resuming,
}
