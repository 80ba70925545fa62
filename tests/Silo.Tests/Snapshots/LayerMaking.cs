using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Tests.Layers;

namespace Sandbox.Silo.Tests.Snapshots;

/// <summary>Snapshots made of layers that a test wrote itself.</summary>
internal static class LayerMaking
{
    public const string Owner = "owner";

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    /// <summary>Adds a snapshot of a template and one layer for each tar; it must succeed.</summary>
    public static async Task<SnapshotRecord> MakeAsync(
        this SnapshotStore store, DataDirectory data, string name, IReadOnlyList<LayerDescriptor> below, params TarText[] tars)
    {
        var layers = below.ToList();
        var made = new Dictionary<LayerDigest, Func<Stream>>();
        var writers = new List<LayerWriter>();
        foreach (var tar in tars)
        {
            var writer = new LayerWriter(data);
            writers.Add(writer);
            writer.Tar.Write(tar.ToArray());
            layers.Add(writer.Finish(Owner));
            made[layers[^1].Digest] = writer.Open;
        }

        var added = await store.AddAsync(new SnapshotDraft(Owner, name, layers, new SnapshotOptions()), made, verify: null, Test);
        Assert.True(added.Succeeded, added.Error?.Message);
        foreach (var writer in writers) writer.Dispose();
        return added.Value;
    }
}
