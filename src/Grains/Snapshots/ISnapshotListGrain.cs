using Orleans.Concurrency;

namespace Sandbox.Grains.Snapshots;

/// <summary>The snapshots of one owner, which is its key. Reads the store's listing alone.</summary>
[Alias("snapshot-list")]
public interface ISnapshotListGrain : IGrainWithStringKey
{
    /// <summary>A page of the owner's snapshots, in the order of their names.</summary>
    /// <param name="after">Begins behind this name; null from the start.</param>
    /// <param name="limit">How many at most, 1 to 1,000.</param>
    /// <param name="labels">Only those that carry all of these.</param>
    [AlwaysInterleave, Alias("list")]
    Task<SnapshotPage> ListAsync(string? after, int limit, Dictionary<string, string> labels);
}
