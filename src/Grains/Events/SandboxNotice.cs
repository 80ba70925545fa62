namespace Sandbox.Grains.Events;

/// <summary>What the stream of an owner's events carries: that something happened in one of the sandboxes.</summary>
[GenerateSerializer, Immutable, Alias("sandbox-notice")]
public sealed record SandboxNotice
{
    /// <summary>The sandbox's id.</summary>
    [Id(0)] public required string SandboxId { get; init; }

    /// <summary>What happened. A number that does not follow the last one seen means that some were lost: read the sandbox's events.</summary>
    [Id(1)] public required SandboxEvent Event { get; init; }
}
