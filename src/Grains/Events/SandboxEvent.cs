using Sandbox.Grains.Processes;

namespace Sandbox.Grains.Events;

/// <summary>Something that happened to a sandbox. Numbers grow by one within a sandbox.</summary>
[GenerateSerializer, Immutable, Alias("sandbox-event")]
public sealed record SandboxEvent
{
    /// <summary>Its number, from 1.</summary>
    [Id(0)] public required long Sequence { get; init; }

    /// <summary>When it happened.</summary>
    [Id(1)] public required DateTimeOffset Time { get; init; }

    /// <summary>What happened.</summary>
    [Id(2)] public required SandboxEventType Type { get; init; }

    /// <summary>The process it is about, or null.</summary>
    [Id(3)] public string? ProcessId { get; init; }

    /// <summary>For <see cref="SandboxEventType.ProcessExited"/> and <see cref="SandboxEventType.HookFailed"/>: how, unless that is not known any more.</summary>
    [Id(4)] public ProcessEnd? End { get; init; }

    /// <summary>For <see cref="SandboxEventType.IdleWarning"/>: when the sandbox will be ended.</summary>
    [Id(5)] public DateTimeOffset? At { get; init; }

    /// <summary>For <see cref="SandboxEventType.Failed"/>, <see cref="SandboxEventType.Deleting"/>, <see cref="SandboxEventType.CheckpointFailed"/>, <see cref="SandboxEventType.StartedCold"/> and hooks that did not start: why.</summary>
    [Id(6)] public string? Reason { get; init; }

    /// <summary>For <see cref="SandboxEventType.Gap"/>: the first number that is missing. <see cref="Sequence"/> is the last.</summary>
    [Id(7)] public long? From { get; init; }

    /// <summary>The checkpoint that it is about, or null.</summary>
    [Id(8)] public string? CheckpointId { get; init; }

    /// <summary>For <see cref="SandboxEventType.Rewound"/> and <see cref="SandboxEventType.StartedCold"/>: when the state that it goes on from was.</summary>
    [Id(9)] public DateTimeOffset? Since { get; init; }

    /// <summary>For <see cref="SandboxEventType.Forked"/>: the other sandbox's id.</summary>
    [Id(10)] public string? SandboxId { get; init; }

    /// <summary>For <see cref="SandboxEventType.Rewound"/>, <see cref="SandboxEventType.Restored"/> and <see cref="SandboxEventType.StartedCold"/>: the timeline from here on.</summary>
    [Id(11)] public long? Timeline { get; init; }

    /// <summary>For <see cref="SandboxEventType.StartedCold"/>: the ids of the programs that are lost; null where that is not known.</summary>
    [Id(12)] public string[]? ProcessIds { get; init; }
}

/// <summary>What happened to a sandbox.</summary>
[GenerateSerializer, Alias("sandbox-event-type")]
public enum SandboxEventType
{
    /// <summary>It was created and runs.</summary>
    Created = 0,

    /// <summary>A program was started.</summary>
    ProcessStarted = 1,

    /// <summary>A program has ended.</summary>
    ProcessExited = 2,

    /// <summary>It was frozen.</summary>
    Paused = 3,

    /// <summary>It goes on.</summary>
    Resumed = 4,

    /// <summary>It will be ended soon, because nothing happens in it.</summary>
    IdleWarning = 5,

    /// <summary>It is being removed.</summary>
    Deleting = 6,

    /// <summary>It is gone.</summary>
    Deleted = 7,

    /// <summary>It was lost.</summary>
    Failed = 8,

    /// <summary>
    /// Only told to readers, never kept: the numbers from <see cref="SandboxEvent.From"/> to <see cref="SandboxEvent.Sequence"/> cannot be had any
    /// more. They fell out of the log, or a crash of the host lost them; after a crash fewer may have been given than numbers are missing.
    /// </summary>
    Gap = 9,

    /// <summary>A checkpoint was taken, and it goes on.</summary>
    Checkpointed = 10,

    /// <summary>It was put to storage.</summary>
    Suspended = 11,

    /// <summary>It goes on from where it was suspended, with nothing lost.</summary>
    Restored = 12,

    /// <summary>
    /// It goes on from an earlier state, because a client wanted that or because its host was lost: what happened between <see cref="SandboxEvent.Since"/> and
    /// this event has not happened. Offsets belong to another timeline.
    /// </summary>
    Rewound = 13,

    /// <summary>Another sandbox was made of its state.</summary>
    Forked = 14,

    /// <summary>It was time for a checkpoint, which could not be taken. The sandbox goes on.</summary>
    CheckpointFailed = 15,

    /// <summary>A hook has failed, or the hooks could not be run or took too long.</summary>
    HookFailed = 16,

    /// <summary>Another host on the same store asks for it: it is about to be suspended, and goes on there.</summary>
    HandoffRequested = 17,

    /// <summary>Its checkpoint could not be restored, and it was started with the files of that: the programs that ran are lost. Offsets belong to another timeline.</summary>
    StartedCold = 18,
}
