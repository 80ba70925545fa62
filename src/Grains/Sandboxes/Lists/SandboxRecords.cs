using System.Runtime.CompilerServices;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Sandboxes.Life;
using Sandbox.Grains.Storage;

namespace Sandbox.Grains.Sandboxes.Lists;

/// <summary>Which sandboxes there are, by their stored records alone. Activates nothing.</summary>
public sealed class SandboxRecords(IBlobStore blobs)
{
    /// <summary>Whether there is a sandbox, which has neither failed nor been deleted.</summary>
    public async Task<bool> ExistsAsync(SandboxKey key, CancellationToken cancellationToken) =>
        await blobs.FindAsync(GrainBlobName.Of(SandboxRecord.GrainType, key.ToString(), SandboxRecord.StateName), cancellationToken) is { } blob && Exists(key.Id, blob);

    /// <summary>The ids of an owner's.</summary>
    public async IAsyncEnumerable<string> IdsAsync(string owner, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = GrainBlobName.Prefix(owner, SandboxRecord.GrainType, SandboxRecord.StateName);
        await foreach (var blob in blobs.ListAsync(prefix, cancellationToken: cancellationToken))
        {
            if (Exists(blob.Name[prefix.Length..], blob)) yield return blob.Name[prefix.Length..];
        }
    }

    private static bool Exists(string id, BlobProperties blob) =>
        SandboxMetadata.Read(id, blob.Metadata) is { } sandbox && !SandboxLifecycle.IsOver(sandbox.Status);
}
