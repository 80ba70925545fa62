using Sandbox.Gateway.Processes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Events;

namespace Sandbox.Gateway.Sandboxes.Events;

/// <summary>Something that happened to a sandbox, or the numbers of what cannot be told any more.</summary>
internal sealed record EventView
{
    public required string Type { get; init; }

    public long? Sequence { get; init; }

    public DateTimeOffset? Time { get; init; }

    public string? ProcessId { get; init; }

    public ExitView? Exit { get; init; }

    public DateTimeOffset? At { get; init; }

    public string? Reason { get; init; }

    public string? CheckpointId { get; init; }

    public string? SandboxId { get; init; }

    public DateTimeOffset? Since { get; init; }

    public long? Timeline { get; init; }

    public IReadOnlyList<string>? ProcessIds { get; init; }

    public long? From { get; init; }

    public long? To { get; init; }

    public static EventView Of(SandboxEvent happened) => happened.Type is SandboxEventType.Gap
        ? new EventView { Type = WireNames.Of(happened.Type), From = happened.From, To = happened.Sequence }
        : new EventView
        {
            Type = WireNames.Of(happened.Type),
            Sequence = happened.Sequence,
            Time = happened.Time,
            ProcessId = happened.ProcessId,
            Exit = happened.End is { } end ? ExitView.Of(end) : null,
            At = happened.At,
            Reason = happened.Reason,
            CheckpointId = happened.CheckpointId,
            SandboxId = happened.SandboxId,
            Since = happened.Since,
            Timeline = happened.Timeline,
            ProcessIds = happened.ProcessIds,
        };
}
