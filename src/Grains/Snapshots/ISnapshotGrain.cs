using Orleans.Concurrency;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Snapshots;

/// <summary>The snapshot of one name. Its key is <c>{owner}/{name}</c>. What changes a name runs one at a time; access has been checked before.</summary>
[Alias("snapshot")]
public interface ISnapshotGrain : IGrainWithStringKey
{
    /// <summary>Takes it of a sandbox of the same owner, whose programs go on meanwhile.</summary>
    /// <param name="sandboxId">The sandbox.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    [Alias("create"), ResponseTimeout("00:10:00")]
    Task<Outcome<TakenSnapshot>> CreateAsync(string sandboxId, SnapshotOptions options, CancellationToken cancellationToken = default);

    /// <summary>Describes it, with its layers.</summary>
    [AlwaysInterleave, Alias("describe")]
    Task<Outcome<SnapshotDescription>> DescribeAsync();

    /// <summary>Gives it other labels in the place of all that it has.</summary>
    [Alias("label")]
    Task<Outcome<SnapshotDescription>> LabelAsync(Dictionary<string, string> labels);

    /// <summary>Gives it another name, which is to be free; what stands on it goes on standing on it.</summary>
    /// <param name="to">The name, which has been checked.</param>
    [Alias("rename"), ResponseTimeout("00:02:00")]
    Task<Outcome<SnapshotDescription>> RenameAsync(string to);

    /// <summary>Deletes it: not while something depends on it, unless <paramref name="cascade"/> lets the snapshots that stand on it go too.</summary>
    [Alias("delete"), ResponseTimeout("00:02:00")]
    Task<Outcome<SnapshotDescription>> DeleteAsync(bool cascade, CancellationToken cancellationToken = default);

    /// <summary>Exports it as an OCI image layout in a tar, in pieces of at most 256 KiB. Ask by <see cref="DescribeAsync"/> before whether it is there.</summary>
    [AlwaysInterleave, Alias("export")]
    IAsyncEnumerable<byte[]> ExportAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes the next piece of an OCI image layout that is to become this snapshot. The pieces of an import lie on this host until it ends; one that nobody goes on with
    /// is thrown away.
    /// </summary>
    /// <param name="importId">Names the import: 1 to 64 of <c>[a-z0-9]</c>, the caller's choice.</param>
    /// <param name="offset">Where the piece belongs: what came before it in bytes.</param>
    /// <param name="data">The piece, at most 1 MiB.</param>
    [AlwaysInterleave, Alias("write-import")]
    Task<Outcome<SnapshotImport>> WriteImportAsync(string importId, long offset, byte[] data);

    /// <summary>Makes the snapshot of what was written.</summary>
    [Alias("import"), ResponseTimeout("00:10:00")]
    Task<Outcome<SnapshotDescription>> ImportAsync(string importId, SnapshotOptions options, CancellationToken cancellationToken = default);
}
