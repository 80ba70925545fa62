using Sandbox.Grains.Snapshots;

namespace Sandbox.Gateway.Snapshots;

/// <summary>A snapshot as clients see it; a list leaves its layers out.</summary>
internal sealed record SnapshotView(
    string Name, DateTimeOffset Created, long Bytes, int LayerCount, Dictionary<string, string> Labels, string? Parent = null,
    IReadOnlyList<SnapshotLayerView>? Layers = null, bool? Template = null)
{
    public static SnapshotView Of(SnapshotDescription snapshot) => new(
        snapshot.Name, snapshot.Created, snapshot.Bytes, snapshot.LayerCount, snapshot.Labels, snapshot.Parent,
        snapshot.Layers.Length == 0 ? null : [.. snapshot.Layers.Select(layer => new SnapshotLayerView(layer.Digest, layer.DiffId, layer.Bytes, layer.UnpackedBytes))],
        snapshot.IsTemplate ? true : null);
}

/// <summary>A layer of a snapshot.</summary>
internal sealed record SnapshotLayerView(string Digest, string DiffId, long Bytes, long UnpackedBytes);

/// <summary>The answer that describes a snapshot.</summary>
internal sealed record SnapshotAnswer(SnapshotView Snapshot)
{
    public static SnapshotAnswer Of(SnapshotDescription snapshot) => new(SnapshotView.Of(snapshot));
}

/// <summary>A snapshot that was taken: what changed while it was read, and what a layer cannot hold, at most 1,000 paths of each.</summary>
internal sealed record TakenSnapshotAnswer(SnapshotView Snapshot, IReadOnlyList<string> Changed, IReadOnlyList<string> LeftOut)
{
    public static TakenSnapshotAnswer Of(TakenSnapshot taken) => new(SnapshotView.Of(taken.Snapshot), taken.Changed, taken.LeftOut);
}

/// <summary>A page of a list; without a next one it is the last.</summary>
internal sealed record SnapshotListAnswer(IReadOnlyList<SnapshotView> Snapshots, string? Next = null);
