namespace Sandbox.Silo.Link;

/// <summary>Why a link is over.</summary>
internal enum LinkEndKind
{
    /// <summary>The host closed it.</summary>
    Closed,

    /// <summary>The guest closed it after the host's SHUTDOWN.</summary>
    ShutDown,

    /// <summary>The guest closed it unasked: the container died, or was killed.</summary>
    GuestGone,

    /// <summary>The guest broke a rule.</summary>
    Violation,

    /// <summary>The agent reported FAILURE.</summary>
    GuestFailed,

    /// <summary>The agent speaks another version of the protocol.</summary>
    VersionMismatch,

    /// <summary>No HELLO or no READY in time.</summary>
    ConnectTimeout,

    /// <summary>Reading or writing failed on the host.</summary>
    TransportFailed,
}
