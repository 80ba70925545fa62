namespace Sandbox.Silo.Link;

/// <summary>The rules of docs/guest-protocol.md that a guest can break. The names appear in logs and tests; they stay.</summary>
internal enum LinkRule
{
    /// <summary>The stream ended inside a frame.</summary>
    TruncatedFrame,

    /// <summary>A payload longer than any from a guest may be.</summary>
    PayloadTooLong,

    /// <summary>A frame type that guests do not send.</summary>
    UnknownType,

    /// <summary>The header's reserved bytes are not 0.</summary>
    ReservedNotZero,

    /// <summary>A payload length that this type cannot have.</summary>
    WrongLength,

    /// <summary>A channel that this frame, or this process, does not have.</summary>
    WrongChannel,

    /// <summary>A process number where there must be none, or the other way round.</summary>
    WrongProcess,

    /// <summary>A payload with a value that has no meaning.</summary>
    BadValue,

    /// <summary>The first frame is not HELLO.</summary>
    HelloExpected,

    /// <summary>A second HELLO on one link.</summary>
    HelloTwice,

    /// <summary>A second READY.</summary>
    ReadyTwice,

    /// <summary>A frame about a process or a PONG before READY.</summary>
    BeforeReady,

    /// <summary>A frame about a process that the host did not start.</summary>
    UnknownProcess,

    /// <summary>A frame about a process whose START has not been answered.</summary>
    NotStarted,

    /// <summary>An answer to what was not asked: a second STARTED, a POURED without a POUR.</summary>
    UnaskedAnswer,

    /// <summary>Output whose offset is not the end of the output before it.</summary>
    OutputOffset,

    /// <summary>Output further ahead of the last acknowledgement than the window.</summary>
    OutputBeyondWindow,

    /// <summary>Output, or a second end, of a channel that has ended.</summary>
    OutputAfterEnd,

    /// <summary>An acknowledgement of input that was not sent, or one that goes back.</summary>
    InputAckOffset,

    /// <summary>A second EXIT.</summary>
    ExitTwice,

    /// <summary>DRAINED without an EXIT before it.</summary>
    DrainedBeforeExit,

    /// <summary>A second DRAINED.</summary>
    DrainedTwice,

    /// <summary>A PONG that answers no PING.</summary>
    UnaskedPong,

    /// <summary>A HELD that answers no HOLD.</summary>
    UnaskedHeld,

    /// <summary>A RESUMED that answers no RESUME.</summary>
    UnaskedResumed,

    /// <summary>A frame from an agent that is held.</summary>
    AfterHeld,

    /// <summary>A DISK_USAGE that answers no DISK.</summary>
    UnaskedDiskUsage,

    /// <summary>A frame that cannot come after the host said FORGET.</summary>
    AfterForget,

    /// <summary>A frame about work that the host did not ask for.</summary>
    UnknownWork,

    /// <summary>A frame about work after its WORK_DONE.</summary>
    AfterWorkDone,
}
