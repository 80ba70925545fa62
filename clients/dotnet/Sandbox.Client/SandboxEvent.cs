namespace Sandboxes;

/// <summary>Something that happened to a sandbox.</summary>
public sealed record SandboxEvent
{
    /// <summary>
    /// <c>created</c>, <c>process_started</c>, <c>process_exited</c>, <c>paused</c>, <c>resumed</c>, <c>idle_warning</c>, <c>deleting</c>,
    /// <c>deleted</c>, <c>failed</c>; or <c>gap</c>, where <see cref="From"/> to <see cref="To"/> are not kept any more.
    /// </summary>
    public string Type { get; init; } = "";

    /// <summary>Its number; they grow by one. 0 for a gap.</summary>
    public long Sequence { get; init; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The process it is about.</summary>
    public string? ProcessId { get; init; }

    /// <summary>How that process ended.</summary>
    public ProcessExit? Exit { get; init; }

    /// <summary>When the warning comes true.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Reason { get; init; }

    /// <summary>The first number that is missing.</summary>
    public long? From { get; init; }

    /// <summary>The last number that is missing.</summary>
    public long? To { get; init; }
}
