namespace Sandbox.Grains.Checkpoints;

/// <summary>A checkpoint as its clients see it.</summary>
[GenerateSerializer, Immutable, Alias("checkpoint-description")]
public sealed record CheckpointDescription
{
    /// <summary>Its id: <c>[a-z0-9]{1,40}</c>, which grow with time.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>The checkpoint that the sandbox went on from, or null: the tree of a sandbox's histories.</summary>
    [Id(1)] public string? Parent { get; init; }

    /// <summary>When it was taken.</summary>
    [Id(2)] public required DateTimeOffset Created { get; init; }

    /// <summary>All of its files together, in bytes.</summary>
    [Id(3)] public required long Bytes { get; init; }

    /// <summary>What its maker calls it, or null.</summary>
    [Id(4)] public string? Label { get; init; }

    /// <summary>Whether its files lie beside it as a layer, so that a sandbox can be started with them if it cannot be restored.</summary>
    [Id(5)] public bool Files { get; init; }
}

/// <summary>A checkpoint that is to be taken.</summary>
[GenerateSerializer, Immutable, Alias("checkpoint-request")]
public sealed record CheckpointRequest
{
    /// <summary>Whether the sandbox ends with it, to go on from it later.</summary>
    [Id(0)] public bool Suspend { get; init; }

    /// <summary>The checkpoint that the sandbox went on from, or null.</summary>
    [Id(1)] public string? Parent { get; init; }

    /// <summary>What to call it, up to 128 characters, or null.</summary>
    [Id(2)] public string? Label { get; init; }

    /// <summary>The sandbox's epoch.</summary>
    [Id(3)] public required long Epoch { get; init; }

    /// <summary>The sandbox's timeline.</summary>
    [Id(4)] public required long Timeline { get; init; }

    /// <summary>Whether it is taken because it was time for one, and nobody asked.</summary>
    [Id(5)] public bool Periodic { get; init; }
}

/// <summary>How a sandbox is to go on from a checkpoint.</summary>
[GenerateSerializer, Immutable, Alias("checkpoint-restore")]
public sealed record CheckpointRestore
{
    /// <summary>The checkpoint, of the sandbox itself.</summary>
    [Id(0)] public required string CheckpointId { get; init; }

    /// <summary>The history that its offsets belong to from now on.</summary>
    [Id(1)] public required long Timeline { get; init; }

    /// <summary>The fencing number of the sandbox from now on.</summary>
    [Id(2)] public required long Epoch { get; init; }

    /// <summary>Whether this is another sandbox than the one that the checkpoint was taken of.</summary>
    [Id(3)] public bool Forked { get; init; }

    /// <summary>Whether it is to be started with the checkpoint's files alone, without the programs that ran.</summary>
    [Id(4)] public bool Cold { get; init; }

    /// <summary>Whether it waits for room on this host also where another has some.</summary>
    [Id(5)] public bool Stays { get; init; }
}

/// <summary>All checkpoints of a sandbox, oldest first.</summary>
[GenerateSerializer, Immutable, Alias("checkpoint-list")]
public sealed record CheckpointList
{
    /// <summary>The checkpoints.</summary>
    [Id(0)] public required CheckpointDescription[] Checkpoints { get; init; }

    /// <summary>The one that the sandbox went on from last, or null.</summary>
    [Id(1)] public string? Current { get; init; }
}
