namespace Sandbox.Grains.Sandboxes;

/// <summary>
/// What a sandbox was asked to be. Two requests with equal specs under one id mean the same sandbox. The gateway has validated it against the
/// operator's maxima and has filled the defaults.
/// </summary>
[GenerateSerializer, Immutable, Alias("sandbox-spec")]
public sealed record SandboxSpec
{
    /// <summary>The template's name.</summary>
    [Id(0)] public required string Template { get; init; }

    /// <summary>Environment variables of every program, beside and over the template's.</summary>
    [Id(1)] public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>Where programs start unless they say otherwise; absolute.</summary>
    [Id(2)] public required string Directory { get; init; }

    /// <summary>Whether programs run as root unless they say otherwise, instead of as <c>user</c>.</summary>
    [Id(3)] public bool Root { get; init; }

    /// <summary>Memory of its programs, in bytes.</summary>
    [Id(4)] public required long MemoryBytes { get; init; }

    /// <summary>What its files may take, in bytes.</summary>
    [Id(5)] public required long DiskBytes { get; init; }

    /// <summary>Processes and threads of one user.</summary>
    [Id(6)] public required int Processes { get; init; }

    /// <summary>Without activity for so long it is ended as <see cref="OnIdle"/> says; null for never.</summary>
    [Id(7)] public TimeSpan? IdleTimeout { get; init; }

    /// <summary>What becomes of it when it was idle for too long.</summary>
    [Id(8)] public IdleAction OnIdle { get; init; }

    /// <summary>Its total time from creation; null for no end.</summary>
    [Id(9)] public TimeSpan? Lifetime { get; init; }

    /// <summary>Labels of its maker, for lists.</summary>
    [Id(10)] public Dictionary<string, string> Labels { get; init; } = [];

    /// <summary>While something runs or happens in it, a checkpoint is taken every so often; null for none but those that are asked for.</summary>
    [Id(11)] public TimeSpan? CheckpointInterval { get; init; }

    /// <summary>How many checkpoints without a label are kept beside the current one: 1 to 1,000, the newest; null for all.</summary>
    [Id(12)] public int? KeepCheckpoints { get; init; }

    /// <summary>The name of the snapshot that it starts from, of the same owner; null for the template alone.</summary>
    [Id(13)] public string? Snapshot { get; init; }

    /// <summary>Whether each checkpoint, suspensions among them, has its files beside the image as a layer, so that it can be started cold.</summary>
    [Id(14)] public bool KeepFiles { get; init; }

    /// <summary>The name of the template's start state that it begins from; null for the files alone.</summary>
    [Id(15)] public string? Start { get; init; }
}
