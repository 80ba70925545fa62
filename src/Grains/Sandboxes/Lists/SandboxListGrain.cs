using Orleans.Concurrency;
using Sandbox.Grains.Sandboxes.Life;
using Sandbox.Grains.Storage;

namespace Sandbox.Grains.Sandboxes.Lists;

/// <inheritdoc cref="ISandboxListGrain"/>
[StatelessWorker, GrainType("sandbox-list")]
internal sealed class SandboxListGrain(IBlobStore blobs) : Grain, ISandboxListGrain
{
    /// <summary>How many records one call looks at; a page may be shorter than asked for, even empty, and still have a next one.</summary>
    internal const int MostLookedAt = 10_000;

    /// <summary>Bytes of descriptions, as they are stored, behind which a page ends: four times what this many sandboxes mostly have.</summary>
    internal const int MostBytes = 12 << 20;

    private const int MostListed = 10_000;

    /// <inheritdoc/>
    public async Task<SandboxPage> ListAsync(string? after, int limit, Dictionary<string, string> labels)
    {
        limit = Math.Clamp(limit, 1, MostListed);
        var prefix = GrainBlobName.Prefix(this.GetPrimaryKeyString(), SandboxRecord.GrainType, SandboxRecord.StateName);
        var found = new List<SandboxDescription>();
        var (looked, bytes) = (0, 0);
        string? last = null;
        await foreach (var blob in blobs.ListAsync(prefix, string.IsNullOrEmpty(after) ? null : prefix + after))
        {
            if (found.Count == limit || looked++ == MostLookedAt || bytes > MostBytes) return new SandboxPage { Sandboxes = [.. found], Next = last };
            last = blob.Name[prefix.Length..];
            if (SandboxMetadata.Read(last, blob.Metadata) is { Status: not SandboxStatus.Deleted } sandbox && Carries(sandbox, labels))
            {
                found.Add(sandbox);
                bytes += blob.Metadata.Values.Sum(text => text.Length);
            }
        }

        return new SandboxPage { Sandboxes = [.. found] };
    }

    private static bool Carries(SandboxDescription sandbox, Dictionary<string, string> labels) => labels.All(label =>
        sandbox.Spec.Labels.TryGetValue(label.Key, out var value) && string.Equals(value, label.Value, StringComparison.Ordinal));
}
