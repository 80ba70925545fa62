using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Sandboxes;

/// <summary>A sandbox as clients see it.</summary>
internal sealed record SandboxView
{
    public required string Id { get; init; }

    public required string Status { get; init; }

    public string? Reason { get; init; }

    public required string Template { get; init; }

    public string? Snapshot { get; init; }

    public string? Start { get; init; }

    public required string User { get; init; }

    public required string Cwd { get; init; }

    public required long MemoryBytes { get; init; }

    public required long DiskBytes { get; init; }

    public required int Processes { get; init; }

    public double? IdleTimeout { get; init; }

    public required string OnIdle { get; init; }

    public double? Lifetime { get; init; }

    public double? CheckpointInterval { get; init; }

    public int? KeepCheckpoints { get; init; }

    public bool? KeepFiles { get; init; }

    public required bool KeepAlive { get; init; }

    public required Dictionary<string, string> Labels { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required long Epoch { get; init; }

    public required long Timeline { get; init; }

    public DateTimeOffset? Expires { get; init; }

    public static SandboxView Of(SandboxDescription sandbox) => new()
    {
        Id = sandbox.Id,
        Status = WireNames.Of(sandbox.Status),
        Reason = sandbox.Reason,
        Template = sandbox.Spec.Template,
        Snapshot = sandbox.Spec.Snapshot,
        Start = sandbox.Spec.Start,
        User = CreateRequest.UserName(sandbox.Spec.Root),
        Cwd = sandbox.Spec.Directory,
        MemoryBytes = sandbox.Spec.MemoryBytes,
        DiskBytes = sandbox.Spec.DiskBytes,
        Processes = sandbox.Spec.Processes,
        IdleTimeout = sandbox.Spec.IdleTimeout?.TotalSeconds,
        OnIdle = WireNames.Of(sandbox.Spec.OnIdle),
        Lifetime = sandbox.Spec.Lifetime?.TotalSeconds,
        CheckpointInterval = sandbox.Spec.CheckpointInterval?.TotalSeconds,
        KeepCheckpoints = sandbox.Spec.KeepCheckpoints,
        KeepFiles = sandbox.Spec.KeepFiles ? true : null,
        KeepAlive = sandbox.Spec.IdleTimeout is null,
        Labels = sandbox.Spec.Labels,
        Created = sandbox.Created,
        Epoch = sandbox.Epoch,
        Timeline = sandbox.Timeline,
        Expires = sandbox.Expires,
    };
}
