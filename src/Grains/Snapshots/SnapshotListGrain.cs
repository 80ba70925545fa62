using Orleans.Concurrency;
using Sandbox.Grains.Hosting;

namespace Sandbox.Grains.Snapshots;

/// <inheritdoc cref="ISnapshotListGrain"/>
[StatelessWorker, GrainType("snapshot-list")]
internal sealed class SnapshotListGrain(ISandboxHost host) : Grain, ISnapshotListGrain
{
    /// <inheritdoc/>
    public Task<SnapshotPage> ListAsync(string? after, int limit, Dictionary<string, string> labels) =>
        host.Snapshots.ListAsync(this.GetPrimaryKeyString(), after, limit, labels, CancellationToken.None);
}
