using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;

namespace Sandbox.Grains.Hosting;

/// <summary>The stored snapshots. A key is a grain's, <c>{owner}/{name}</c>; what each call does is said at <see cref="ISnapshotGrain"/>.</summary>
public interface ISnapshotStore
{
    /// <summary>Describes one.</summary>
    Task<Outcome<SnapshotDescription>> DescribeAsync(string key, CancellationToken cancellationToken);

    /// <summary>A page of an owner's.</summary>
    Task<SnapshotPage> ListAsync(string owner, string? after, int limit, Dictionary<string, string> labels, CancellationToken cancellationToken);

    /// <summary>Gives one other labels.</summary>
    Task<Outcome<SnapshotDescription>> LabelAsync(string key, Dictionary<string, string> labels, CancellationToken cancellationToken);

    /// <summary>Gives one another name.</summary>
    Task<Outcome<SnapshotDescription>> RenameAsync(string key, string to, CancellationToken cancellationToken);

    /// <summary>Deletes one.</summary>
    Task<Outcome<SnapshotDescription>> DeleteAsync(string key, bool cascade, CancellationToken cancellationToken);

    /// <summary>Exports one as an OCI image layout in a tar; fails where there is none.</summary>
    IAsyncEnumerable<byte[]> ExportAsync(string key, CancellationToken cancellationToken);

    /// <summary>Takes a piece of an upload.</summary>
    Task<Outcome<SnapshotImport>> WriteImportAsync(string key, string importId, long offset, byte[] data);

    /// <summary>Makes one of an upload.</summary>
    Task<Outcome<SnapshotDescription>> ImportAsync(string key, string importId, SnapshotOptions options, CancellationToken cancellationToken);
}
