namespace Sandbox.Grains.Snapshots;

/// <summary>An import that is going on.</summary>
[GenerateSerializer, Immutable, Alias("snapshot-import")]
public sealed record SnapshotImport
{
    /// <summary>How many bytes of it are here.</summary>
    [Id(0)] public required long Bytes { get; init; }
}
