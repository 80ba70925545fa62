using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Snapshots;

/// <inheritdoc cref="ISnapshotGrain"/>
/// <remarks>It keeps nothing: servers that share a store have one each, and the store's conditional writes decide.</remarks>
[GrainType("snapshot")]
internal sealed class SnapshotGrain(ISandboxHost host) : Grain, ISnapshotGrain
{
    private string Key => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public async Task<Outcome<TakenSnapshot>> CreateAsync(string sandboxId, SnapshotOptions options, CancellationToken cancellationToken = default)
    {
        var slash = Key.IndexOf('/', StringComparison.Ordinal);
        if (!options.Overwrite && (await host.Snapshots.DescribeAsync(Key, cancellationToken)).Succeeded)
        {
            // Before a sandbox is woken for it. The store has the last word.
            var message = $"There is a snapshot '{Key[(slash + 1)..]}' already. Choose another name, or ask to overwrite it.";
            return new Outcome<TakenSnapshot> { Error = new SandboxError { Code = SandboxErrorCode.Conflict, Message = message } };
        }

        return await GrainFactory.GetGrain<ISandboxGrain>(Key[..(slash + 1)] + sandboxId).SnapshotAsync(Key[(slash + 1)..], options, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Outcome<SnapshotDescription>> DescribeAsync() => host.Snapshots.DescribeAsync(Key, CancellationToken.None);

    /// <inheritdoc/>
    public Task<Outcome<SnapshotDescription>> LabelAsync(Dictionary<string, string> labels) => host.Snapshots.LabelAsync(Key, labels, CancellationToken.None);

    /// <inheritdoc/>
    public Task<Outcome<SnapshotDescription>> RenameAsync(string to) => host.Snapshots.RenameAsync(Key, to, CancellationToken.None);

    /// <inheritdoc/>
    public Task<Outcome<SnapshotDescription>> DeleteAsync(bool cascade, CancellationToken cancellationToken = default) =>
        host.Snapshots.DeleteAsync(Key, cascade, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<byte[]> ExportAsync(CancellationToken cancellationToken = default) => host.Snapshots.ExportAsync(Key, cancellationToken);

    /// <inheritdoc/>
    public Task<Outcome<SnapshotImport>> WriteImportAsync(string importId, long offset, byte[] data) =>
        host.Snapshots.WriteImportAsync(Key, importId, offset, data);

    /// <inheritdoc/>
    public Task<Outcome<SnapshotDescription>> ImportAsync(string importId, SnapshotOptions options, CancellationToken cancellationToken = default) =>
        host.Snapshots.ImportAsync(Key, importId, options, cancellationToken);
}
