namespace Sandbox.Silo.Link;

/// <summary>The sizes that docs/guest-protocol.md fixes, in bytes where nothing else is said, and the host's own bounds around them.</summary>
internal static class LinkLimits
{
    /// <summary>The version of the protocol that this host speaks.</summary>
    public const ushort ProtocolVersion = 1;

    /// <summary>The largest payload from host to guest.</summary>
    public const int PayloadToGuest = 2_097_152;

    /// <summary>The largest payload from guest to host.</summary>
    public const int PayloadFromGuest = 65_552;

    /// <summary>The most bytes that one OUTPUT carries.</summary>
    public const int OutputFrame = 65_536;

    /// <summary>How far a channel's output may run ahead of the last acknowledgement.</summary>
    public const int OutputWindow = 262_144;

    /// <summary>
    /// Taken output is acknowledged once this much of it came together: seldom enough that acknowledgements cost nothing, often enough that
    /// a reader that keeps up never lets the agent's ring run full.
    /// </summary>
    public const int OutputAcknowledgeStep = OutputWindow / 4;

    /// <summary>How far input may run ahead of the last acknowledgement.</summary>
    public const int InputWindow = 65_536;

    /// <summary>The most bytes that one INPUT carries: small, so that a signal never waits long behind one.</summary>
    public const int InputFrame = 16_384;

    /// <summary>Processes on one link whose records are alive at once; a start beyond it is refused.</summary>
    public const int Processes = 1_024;

    /// <summary>Operations of workers that go on at once on one link.</summary>
    public const int Workers = 32;

    /// <summary>The longest request of an operation.</summary>
    public const int WorkRequest = 65_536;

    /// <summary>The longest result that comes with the end of an operation.</summary>
    public const int WorkResult = 4_080;

    /// <summary>How far the stream to a worker may run ahead of the last acknowledgement.</summary>
    public const int WorkInputWindow = 262_144;

    /// <summary>The most bytes that one WORK_INPUT carries.</summary>
    public const int WorkInputFrame = 131_072;
}
