namespace Sandbox.Grains.Snapshots;

/// <summary>How a snapshot is to be made.</summary>
[GenerateSerializer, Immutable, Alias("snapshot-options")]
public sealed record SnapshotOptions
{
    /// <summary>Its labels.</summary>
    [Id(0)] public Dictionary<string, string> Labels { get; init; } = [];

    /// <summary>Whether one that has the name already is replaced; without it that is a conflict.</summary>
    [Id(1)] public bool Overwrite { get; init; }

    /// <summary>Whether all files are to be of one moment: a checkpoint is taken, and a copy in which no program runs is walked.</summary>
    [Id(2)] public bool Consistent { get; init; }
}
