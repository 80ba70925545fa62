using System.Globalization;
using System.Runtime.CompilerServices;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Holding;

/// <summary>
/// Requests to let a sandbox go, as objects <c>{owner}/handoffs/{id}</c>: how hosts that cannot reach each other hand one over. A request is all
/// metadata, so that one listing an owner reads them. It changes nothing by itself, and one left behind is removed by the next who sees it.
/// </summary>
internal sealed class Handoffs(IBlobStore blobs)
{
    /// <summary>Asks the holder to let a sandbox go. Asking again while it is asked for changes nothing.</summary>
    /// <param name="key">The sandbox.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="epoch">The epoch that the head has.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task RequestAsync(SandboxKey key, HolderId by, long epoch, CancellationToken cancellationToken = default)
    {
        if (await blobs.FindAsync(NameOf(key), cancellationToken) is { } found && Read(key, found) is { } known && known.Epoch >= epoch) return;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["by"] = by.ToString(),
            ["epoch"] = epoch.ToString(CultureInfo.InvariantCulture),
        };
        await blobs.PutAsync(NameOf(key), Stream.Null, new BlobPutOptions { Metadata = metadata }, cancellationToken);
    }

    /// <summary>The requests for what a host holds. Those that were answered long ago are removed.</summary>
    public async IAsyncEnumerable<HandoffRequest> PendingAsync(
        IReadOnlyList<HeadLease> held, HolderId self, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var owner in held.GroupBy(lease => lease.Key.Owner, StringComparer.Ordinal))
        {
            var epochs = owner.ToDictionary(lease => lease.Key.Id, lease => lease.Epoch, StringComparer.Ordinal);
            var prefix = $"{owner.Key}/handoffs/";
            await foreach (var blob in blobs.ListAsync(prefix, cancellationToken: cancellationToken))
            {
                var id = blob.Name[prefix.Length..];
                if (!epochs.TryGetValue(id, out var epoch)) continue;
                if (Read(new SandboxKey(owner.Key, id), blob) is { } request && request.Epoch >= epoch && request.By != self)
                {
                    yield return request;
                }
                else
                {
                    await blobs.DeleteAsync(blob.Name, blob.Generation, cancellationToken);
                }
            }
        }
    }

    /// <summary>Removes a request: its sandbox was let go, or its writer has what it wanted.</summary>
    public Task RemoveAsync(HandoffRequest request, CancellationToken cancellationToken = default) =>
        blobs.DeleteAsync(NameOf(request.Key), request.Generation, cancellationToken);

    private static string NameOf(SandboxKey key) => $"{key.Owner}/handoffs/{key.Id}";

    private static HandoffRequest? Read(SandboxKey key, BlobProperties blob) =>
        blob.Metadata.GetValueOrDefault("by")?.Split('/') is [var host, var incarnation]
        && long.TryParse(blob.Metadata.GetValueOrDefault("epoch"), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            ? new HandoffRequest(key, new HolderId(host, incarnation), epoch, blob.Generation)
            : null;
}
