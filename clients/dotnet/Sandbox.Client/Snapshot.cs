namespace Sandboxes;

/// <summary>A named, immutable filesystem that new sandboxes start from.</summary>
public sealed record Snapshot
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>How much storage its layers take, without the template's; what it shares with others counts for each.</summary>
    public long Bytes { get; init; }

    /// <summary>How many layers it has, the template's among them.</summary>
    public int LayerCount { get; init; }

    /// <summary>The snapshot that its sandbox was started from, where there is one.</summary>
    public string? Parent { get; init; }

    /// <summary>Its creator's labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Its layers, lowest first; null in a list.</summary>
    public IReadOnlyList<SnapshotLayer>? Layers { get; init; }
}

/// <summary>A layer of a snapshot.</summary>
/// <param name="Digest">SHA-256 of the layer as it is stored.</param>
/// <param name="DiffId">SHA-256 of its tar.</param>
/// <param name="Bytes">Bytes as it is stored.</param>
/// <param name="UnpackedBytes">Bytes of its tar.</param>
public sealed record SnapshotLayer(string Digest, string DiffId, long Bytes, long UnpackedBytes);

/// <summary>A snapshot that was just taken.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="Changed">Files that changed while they were read, and may be half old and half new.</param>
/// <param name="LeftOut">What a snapshot cannot hold: FIFOs, sockets, devices.</param>
public sealed record TakenSnapshot(Snapshot Snapshot, IReadOnlyList<string> Changed, IReadOnlyList<string> LeftOut);
