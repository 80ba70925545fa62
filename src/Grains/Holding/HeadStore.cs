using System.Runtime.CompilerServices;
using System.Text.Json;
using Sandbox.Grains.Storage;

namespace Sandbox.Grains.Holding;

/// <summary>
/// The heads in the blob store, <c>{owner}/heads/{id}</c>. Reading and listing claims nothing and wakes nothing; every write names the
/// generation that it replaces. Only the host's leases write.
/// </summary>
public sealed class HeadStore(IBlobStore blobs)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Reads a head; null when the sandbox has none.</summary>
    /// <exception cref="InvalidDataException">The blob is no head, or one of a later version. The message says which blob.</exception>
    public async Task<StoredHead?> ReadAsync(SandboxKey key, CancellationToken cancellationToken = default)
    {
        await using var blob = await blobs.OpenAsync(NameOf(key), cancellationToken: cancellationToken);
        if (blob is null) return null;
        try
        {
            var head = await JsonSerializer.DeserializeAsync<SandboxHead>(blob.Content, Json, cancellationToken);
            if (head is not { Version: > 0 and <= SandboxHead.CurrentVersion })
            {
                throw new InvalidDataException(
                    $"The head {NameOf(key)} has version {head?.Version}, and this server reads up to {SandboxHead.CurrentVersion}: use a newer server.");
            }

            return new StoredHead(key, head, blob.Properties.Generation, blob.Properties.Time);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The head {NameOf(key)} is damaged: {exception.Message} Restore the blob from a backup.", exception);
        }
    }

    /// <summary>An owner's heads in the order of their ids, from the listing alone. What is no head is left out.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="after">Begins behind this id; null from the start.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public async IAsyncEnumerable<StoredHead> ListAsync(
        string owner, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var prefix = $"{owner}/heads/";
        await foreach (var blob in blobs.ListAsync(prefix, after is null ? null : prefix + after, cancellationToken))
        {
            if (HeadMetadata.Read(blob.Metadata) is { } head)
            {
                yield return new StoredHead(SandboxKey.Parse($"{owner}/{blob.Name[prefix.Length..]}"), head, blob.Generation, blob.Time);
            }
        }
    }

    /// <summary>Writes a head over one generation.</summary>
    /// <param name="key">The sandbox.</param>
    /// <param name="head">The head.</param>
    /// <param name="over">The generation to replace; null to write only where there is none.</param>
    /// <param name="cancellationToken">Ends the call. Whether it was written is then unknown.</param>
    /// <returns>The stored head, or null when another generation was there and nothing was written.</returns>
    public async Task<StoredHead?> WriteAsync(SandboxKey key, SandboxHead head, string? over, CancellationToken cancellationToken = default)
    {
        var options = (over is null ? BlobPutOptions.Create : BlobPutOptions.Replace(over)) with { Metadata = HeadMetadata.Write(head) };
        var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(head, Json));
        return await blobs.PutAsync(NameOf(key), content, options, cancellationToken) is { } put
            ? new StoredHead(key, head, put.Generation, put.Time)
            : null;
    }

    /// <summary>
    /// Removes the head of a sandbox that is deleted, when nobody asks for its id any more: the epoch begins again with the next sandbox of
    /// that id, so nothing of the old one may be left.
    /// </summary>
    /// <returns>False when the head has another generation by now.</returns>
    public Task<bool> RemoveAsync(StoredHead head, CancellationToken cancellationToken = default) =>
        blobs.DeleteAsync(NameOf(head.Key), head.Generation, cancellationToken);

    private static string NameOf(SandboxKey key) => $"{key.Owner}/heads/{key.Id}";
}
