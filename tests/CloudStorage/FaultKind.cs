namespace Sandbox.CloudStorage;

/// <summary>What can go wrong with a request.</summary>
public enum FaultKind
{
    /// <summary>The connection breaks before anything was done.</summary>
    DropBefore,

    /// <summary>It is carried out, and the connection breaks before the answer.</summary>
    DropAfter,

    /// <summary>It is carried out, and a status says that it failed.</summary>
    StatusAfter,

    /// <summary>It is answered with a status and not carried out.</summary>
    Status,

    /// <summary>The bytes that came, or go out, are others than were sent.</summary>
    Corrupt,

    /// <summary>The connection breaks in the middle of the body that came, or goes out.</summary>
    CutBody,

    /// <summary>It stands still for a while before it is carried out.</summary>
    Slow,

    /// <summary>Of a chunk of an upload not all is kept, which the protocol allows.</summary>
    KeepHalf,
}
