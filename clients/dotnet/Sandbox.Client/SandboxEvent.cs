namespace Sandboxes;

/// <summary>Something that happened to a sandbox.</summary>
public sealed record SandboxEvent
{
    /// <summary>
    /// <c>created</c>, <c>process_started</c>, <c>process_exited</c>, <c>paused</c>, <c>resumed</c>, <c>idle_warning</c>, <c>deleting</c>,
    /// <c>deleted</c>, <c>failed</c>; <c>checkpointed</c> (it goes on), <c>suspended</c>, <c>restored</c> (nothing is lost), <c>rewound</c> (it goes
    /// on from an older state: what happened after <see cref="Since"/> has not happened), <c>forked</c>; <c>checkpoint_failed</c> (a
    /// periodic one; it goes on); <c>hook_failed</c> (after a restore or fork); <c>started_cold</c> (its checkpoint could not be restored, and it was started with the
    /// files of that: the programs <see cref="ProcessIds"/> are lost); or <c>gap</c>, where <see cref="From"/> to <see cref="To"/> are not kept any more.
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

    /// <summary>Why it or a periodic checkpoint failed, it went back without being asked to, or its checkpoint could not be restored.</summary>
    public string? Reason { get; init; }

    /// <summary>The checkpoint that it is about.</summary>
    public string? CheckpointId { get; init; }

    /// <summary>The programs that a <c>started_cold</c> sandbox has lost; null where that is not known.</summary>
    public IReadOnlyList<string>? ProcessIds { get; init; }

    /// <summary>When the state was that a rewound or cold sandbox goes on from.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The history that offsets belong to after a <c>restored</c>, <c>rewound</c> or <c>started_cold</c>.</summary>
    public long? Timeline { get; init; }

    /// <summary>The sandbox that a fork made.</summary>
    public string? SandboxId { get; init; }

    /// <summary>The first number that is missing.</summary>
    public long? From { get; init; }

    /// <summary>The last number that is missing.</summary>
    public long? To { get; init; }
}
