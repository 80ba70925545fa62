namespace Sandbox.Grains.Snapshots;

/// <summary>How a snapshot is to be made.</summary>
[GenerateSerializer, Immutable, Alias("snapshot-options")]
public sealed record SnapshotOptions
{
    /// <summary>Its labels.</summary>
    [Id(0)] public Dictionary<string, string> Labels { get; init; } = [];

    /// <summary>Whether one that has the name already is replaced; without it that is a conflict.</summary>
    [Id(1)] public bool Overwrite { get; init; }
}
