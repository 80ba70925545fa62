using Sandbox.Gateway.Sandboxes;
using Sandbox.Grains.Checkpoints;

namespace Sandbox.Gateway.Checkpoints;

/// <summary>A checkpoint as clients see it.</summary>
internal sealed record CheckpointView(string Id, DateTimeOffset Created, long Bytes, string? Parent = null, string? Label = null, bool? Files = null)
{
    public static CheckpointView Of(CheckpointDescription checkpoint) =>
        new(checkpoint.Id, checkpoint.Created, checkpoint.Bytes, checkpoint.Parent, checkpoint.Label, checkpoint.Files ? true : null);
}

/// <summary>The answer that describes a checkpoint.</summary>
internal sealed record CheckpointAnswer(CheckpointView Checkpoint);

/// <summary>All checkpoints of a sandbox, oldest first, and the one that it went on from last.</summary>
internal sealed record CheckpointListAnswer(IReadOnlyList<CheckpointView> Checkpoints, string? Current = null)
{
    public static CheckpointListAnswer Of(CheckpointList list) => new([.. list.Checkpoints.Select(CheckpointView.Of)], list.Current);
}

/// <summary>The sandboxes that a fork made, each with its token.</summary>
internal sealed record ForkAnswer(IReadOnlyList<CreatedAnswer> Sandboxes);
