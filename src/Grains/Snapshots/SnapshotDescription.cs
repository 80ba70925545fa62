using Sandbox.Grains.Templates;

namespace Sandbox.Grains.Snapshots;

/// <summary>A snapshot as clients see it.</summary>
[GenerateSerializer, Immutable, Alias("snapshot-description")]
public sealed record SnapshotDescription
{
    /// <summary>Its name: <c>[a-z0-9][a-z0-9-]{0,39}</c>.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>When it was made.</summary>
    [Id(1)] public required DateTimeOffset Created { get; init; }

    /// <summary>Bytes of its layers in the store, without the template's. Layers that it shares with others count for each.</summary>
    [Id(2)] public required long Bytes { get; init; }

    /// <summary>How many layers it has, the template's among them.</summary>
    [Id(3)] public required int LayerCount { get; init; }

    /// <summary>The snapshot that its sandbox was started from, or null.</summary>
    [Id(4)] public string? Parent { get; init; }

    /// <summary>Labels of its maker, for lists.</summary>
    [Id(5)] public required Dictionary<string, string> Labels { get; init; }

    /// <summary>Its layers, lowest first; empty in a list.</summary>
    [Id(6)] public SnapshotLayer[] Layers { get; init; } = [];

    /// <summary>Whether it is a template: built from a recipe, with a configuration.</summary>
    [Id(7)] public bool IsTemplate { get; init; }

    /// <summary>A template's configuration; null in a list.</summary>
    [Id(8)] public TemplateConfiguration? Template { get; init; }
}

/// <summary>A layer of a snapshot.</summary>
[GenerateSerializer, Immutable, Alias("snapshot-layer")]
public sealed record SnapshotLayer
{
    /// <summary>SHA-256 of the layer as it is stored.</summary>
    [Id(0)] public required string Digest { get; init; }

    /// <summary>SHA-256 of its tar.</summary>
    [Id(1)] public required string DiffId { get; init; }

    /// <summary>Bytes as it is stored.</summary>
    [Id(2)] public required long Bytes { get; init; }

    /// <summary>Bytes of its tar.</summary>
    [Id(3)] public required long UnpackedBytes { get; init; }
}

/// <summary>A page of snapshots.</summary>
[GenerateSerializer, Immutable, Alias("snapshot-page")]
public sealed record SnapshotPage
{
    /// <summary>The page.</summary>
    [Id(0)] public required SnapshotDescription[] Snapshots { get; init; }

    /// <summary>The next page's <c>after</c>, or null on the last.</summary>
    [Id(1)] public string? Next { get; init; }
}
