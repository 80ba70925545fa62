using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sandbox.Grains.Sandboxes.Life;
using Sandbox.Grains.Storage;

namespace Sandbox.Grains.Sandboxes.Lists;

/// <summary>
/// Makes the stored records true. Records of sandboxes that a dead server ran say "running" until somebody asks for them, and those of deleted
/// sandboxes are kept for <see cref="SandboxRetention.Deleted"/>: a walk over all owners' records wakes each grain that has something to set
/// right. For the host: once when its grains run, and then every hour.
/// </summary>
public sealed partial class SandboxRecovery(IBlobStore blobs, IGrainFactory grains, TimeProvider time, ILogger<SandboxRecovery> logger)
{
    /// <summary>Walks over all records once.</summary>
    /// <returns>How many grains were woken.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken = default)
    {
        var woken = 0;
        await foreach (var owner in OwnersAsync(cancellationToken))
        {
            var prefix = GrainBlobName.Prefix(owner, SandboxRecord.GrainType, SandboxRecord.StateName);
            await foreach (var blob in blobs.ListAsync(prefix, cancellationToken: cancellationToken))
            {
                var id = blob.Name[prefix.Length..];
                if (SandboxMetadata.Read(id, blob.Metadata) is not { } sandbox || !NeedsWaking(sandbox, blob.Time)) continue;
                if (await WakeAsync($"{owner}/{id}")) woken++;
            }
        }

        return woken;
    }

    private async Task<bool> WakeAsync(string key)
    {
        try
        {
            await grains.GetGrain<ISandboxGrain>(key).DescribeAsync();
            return true;
        }
        catch (Exception e)
        {
            // One record that cannot be read must not keep the others from being set right.
            LogNotWoken(e, key);
            return false;
        }
    }

    private bool NeedsWaking(SandboxDescription sandbox, DateTimeOffset written) => sandbox.Status switch
    {
        SandboxStatus.Failed => false,
        SandboxStatus.Suspended => sandbox.Expires <= time.GetUtcNow(),
        SandboxStatus.Deleted => time.GetUtcNow() - written > SandboxRetention.Deleted,
        _ => true,
    };

    /// <summary>Whoever has anything stored: the first segments of all names, each found by one listing that begins behind the one before.</summary>
    public async IAsyncEnumerable<string> OwnersAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? after = null;
        while (await FirstAsync(after, cancellationToken) is { } name)
        {
            var slash = name.IndexOf('/', StringComparison.Ordinal);
            if (slash > 0) yield return name[..slash];

            // '0' follows '/': behind all names of that owner.
            after = slash > 0 ? name[..slash] + '0' : name;
        }
    }

    private async Task<string?> FirstAsync(string? after, CancellationToken cancellationToken)
    {
        await foreach (var blob in blobs.ListAsync("", after, cancellationToken)) return blob.Name;
        return null;
    }

    [LoggerMessage(320, LogLevel.Error, "The record of {Sandbox} could not be set right")]
    private partial void LogNotWoken(Exception exception, string sandbox);
}
