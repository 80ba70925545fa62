namespace Sandboxes;

/// <summary>What went wrong, for programs. The first twelve are the server's, the others this library's own.</summary>
public static class ErrorCode
{
    /// <summary>The request cannot be.</summary>
    public const string Invalid = "invalid";

    /// <summary>No valid key or token was given.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>The key does not allow this.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>There is no such sandbox or process, or it belongs to somebody else.</summary>
    public const string NotFound = "not_found";

    /// <summary>An id is taken, an offset leaves a gap, or the state forbids it.</summary>
    public const string Conflict = "conflict";

    /// <summary>Whether it happened cannot be known any more.</summary>
    public const string Unknown = "unknown";

    /// <summary>The sandbox was deleted or has failed.</summary>
    public const string Gone = "gone";

    /// <summary>A limit is reached.</summary>
    public const string Limit = "limit";

    /// <summary>No capacity now.</summary>
    public const string Overloaded = "overloaded";

    /// <summary>The server cannot be reached or cannot do it now.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>The call took too long.</summary>
    public const string Timeout = "timeout";

    /// <summary>A fault of the server.</summary>
    public const string Internal = "internal";

    /// <summary>A program was ended at its own time limit.</summary>
    public const string ProcessTimeout = "process_timeout";

    /// <summary>A program did not end well.</summary>
    public const string ProcessFailed = "process_failed";

    /// <summary>Output fell out of the log before it was read.</summary>
    public const string Gap = "gap";

    /// <summary>The sandbox went back to an older state.</summary>
    public const string Rewound = "rewound";
}
