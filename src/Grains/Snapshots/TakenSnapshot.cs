namespace Sandbox.Grains.Snapshots;

/// <summary>A snapshot that was taken of a sandbox.</summary>
[GenerateSerializer, Immutable, Alias("taken-snapshot")]
public sealed record TakenSnapshot
{
    /// <summary>The snapshot.</summary>
    [Id(0)] public required SnapshotDescription Snapshot { get; init; }

    /// <summary>Files that changed while they were read, and may be half old and half new: at most 1,000.</summary>
    [Id(1)] public string[] Changed { get; init; } = [];

    /// <summary>What a layer cannot hold (FIFOs, sockets, devices, names that begin with <c>.wh.</c>, what lies too deep) and is missing: at most 1,000.</summary>
    [Id(2)] public string[] LeftOut { get; init; } = [];
}
