namespace Sandbox.Grains.Sandboxes;

/// <summary>What a fork is made of.</summary>
[GenerateSerializer, Immutable, Alias("sandbox-fork")]
public sealed record SandboxFork
{
    /// <summary>The key of the sandbox that it is a copy of.</summary>
    [Id(0)] public required string FromKey { get; init; }

    /// <summary>That one's checkpoint.</summary>
    [Id(1)] public required string CheckpointId { get; init; }

    /// <summary>What that one was asked to be.</summary>
    [Id(2)] public required SandboxSpec Spec { get; init; }
}

/// <summary>The sandboxes that a fork made, in the order of the ids.</summary>
[GenerateSerializer, Immutable, Alias("forked-sandboxes")]
public sealed record ForkedSandboxes
{
    /// <summary>The sandboxes, each with its own token.</summary>
    [Id(0)] public required CreatedSandbox[] Sandboxes { get; init; }
}
