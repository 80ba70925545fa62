namespace Sandbox.Grains.Sandboxes;

/// <summary>A sandbox as its clients see it.</summary>
[GenerateSerializer, Immutable, Alias("sandbox-description")]
public sealed record SandboxDescription
{
    /// <summary>Its id: <c>[a-z0-9][a-z0-9-]{0,39}</c>.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Where it is in its life.</summary>
    [Id(1)] public required SandboxStatus Status { get; init; }

    /// <summary>For <see cref="SandboxStatus.Failed"/> and <see cref="SandboxStatus.Deleted"/>: why, for a person.</summary>
    [Id(2)] public string? Reason { get; init; }

    /// <summary>What it was asked to be.</summary>
    [Id(3)] public required SandboxSpec Spec { get; init; }

    /// <summary>When it was created.</summary>
    [Id(4)] public required DateTimeOffset Created { get; init; }

    /// <summary>The fencing number of its holder; it only grows.</summary>
    [Id(5)] public required long Epoch { get; init; }

    /// <summary>Which history its offsets belong to.</summary>
    [Id(6)] public required long Timeline { get; init; }

    /// <summary>When it ends if nothing happens before; null when nothing is due.</summary>
    [Id(7)] public DateTimeOffset? Expires { get; init; }

    /// <summary>Whether another host on the same store runs it, as far as is known here.</summary>
    [Id(12)] public bool Away { get; init; }
}
