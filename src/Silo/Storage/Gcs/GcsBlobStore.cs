using System.Net;
using System.Runtime.CompilerServices;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>Blobs in a bucket of Cloud Storage, below a prefix if one is given. Any number of servers may use one bucket at once.</summary>
internal sealed partial class GcsBlobStore : IBlobStore, IDisposable
{
    private const int PageLength = 1000;

    // Each is a writer who came in between the answers of one look, and a name takes one write a second.
    private const int Races = 10;

    private readonly GcsClient _client;
    private readonly string _prefix;
    private readonly int _chunk;

    /// <summary>The store, without a look whether it can be used.</summary>
    /// <param name="client">The bucket.</param>
    /// <param name="prefix">What the objects' names begin with.</param>
    /// <param name="chunk">Bytes of a request, a multiple of 256 KiB.</param>
    internal GcsBlobStore(GcsClient client, string prefix, int chunk = ChunkLength) => (_client, _prefix, _chunk) = (client, prefix, chunk);

    /// <summary>Opens the store, and looks whether it can be used.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="prefix">What the objects' names begin with, such as <c>sandboxes/</c>; empty for the whole bucket.</param>
    /// <param name="options">How Cloud Storage is reached.</param>
    /// <param name="time">The clock of retries.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GcsException">It cannot be used. The message has the remedy.</exception>
    public static async Task<GcsBlobStore> OpenAsync(
        string bucket, string prefix, GcsOptions options, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var store = new GcsBlobStore(new GcsClient(bucket, await GcsAccess.OpenAsync(options, cancellationToken), options, time), prefix);
        try
        {
            await store.PageAsync("", after: null, token: null, length: 1, cancellationToken);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<BlobProperties?> FindAsync(string name, CancellationToken cancellationToken = default) =>
        (await FindObjectAsync(BlobName.Check(name), cancellationToken))?.ToBlob(name);

    /// <inheritdoc/>
    public async Task<OpenBlob?> OpenAsync(string name, BlobRange? range = null, CancellationToken cancellationToken = default)
    {
        BlobName.Check(name);
        for (var race = 0; race < Races; race++)
        {
            // Both at once, since one answer has the metadata and the other the bytes.
            var finding = FindObjectAsync(name, cancellationToken);
            var opening = GcsDownload.OpenAsync(_client, ObjectUri(name), range, cancellationToken);
            try
            {
                await Task.WhenAll(finding, opening);
            }
            catch
            {
                if (opening.IsCompletedSuccessfully && opening.Result is { } orphan) await orphan.DisposeAsync();
                throw;
            }

            var (found, opened) = (await finding, await opening);
            if (found is null && opened is null) return null;
            if (found is not null && opened?.TryBegin(found) is true) return new OpenBlob(found.ToBlob(name), opened);
            if (opened is not null) await opened.DisposeAsync();
        }

        throw new GcsException(GcsFailure.Unavailable, $"The blob {name} is written so often that it cannot be read. Try again.");
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string name, string? expectedGeneration = null, CancellationToken cancellationToken = default)
    {
        BlobName.Check(name);
        var uri = ObjectUri(name) + (expectedGeneration is null ? "" : $"?ifGenerationMatch={Number(expectedGeneration)}");
        using var reply = await _client.SendAsync(Request, media: false, cancellationToken);
        switch (reply.Status)
        {
            case HttpStatusCode.NoContent or HttpStatusCode.OK:
                return true;

            // It is gone, and if this call did it, the answer that said so was lost.
            case HttpStatusCode.NotFound when !GcsErrors.IsBucketMissing(reply.Body):
                return reply.Unsure;
            case HttpStatusCode.PreconditionFailed when reply.Unsure:
                throw new GcsException(
                    GcsFailure.Unsure, $"Whether generation {expectedGeneration} of {name} was deleted cannot be told: the answer was lost, and another is there now.");
            case HttpStatusCode.PreconditionFailed:
                return false;
            default:
                throw GcsErrors.Of(_client.Bucket, reply.Status, reply.Body);
        }

        // The empty content keeps the HTTP stack from sending it again by itself on a connection that broke, of which nobody would know.
        HttpRequestMessage Request() => new(HttpMethod.Delete, uri) { Content = new ByteArrayContent([]) };
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobProperties> ListAsync(
        string prefix, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? token = null;
        do
        {
            var page = await PageAsync(prefix, after, token, PageLength, cancellationToken);
            foreach (var item in page.Items)
            {
                // What somebody else keeps in the bucket is no blob. The page begins with the name itself, the listing behind it.
                var name = item.Name[_prefix.Length..];
                if (BlobName.IsValid(name) && (after is null || string.CompareOrdinal(name, after) > 0)) yield return item.ToBlob(name);
            }

            token = page.NextPageToken;
        }
        while (token is not null);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static string Number(string generation) =>
        // One that Cloud Storage never gave out matches nothing; 0 would mean that there is no object.
        ulong.TryParse(generation, out var number) && number > 0 ? generation : "1";

    private string ObjectUri(string name) => $"{_client.Objects}/{Uri.EscapeDataString(_prefix + name)}";

    private async Task<GcsObject?> FindObjectAsync(string name, CancellationToken cancellationToken)
    {
        using var reply = await _client.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, $"{ObjectUri(name)}?fields={GcsObject.Fields}"), media: false, cancellationToken);
        return reply.Status switch
        {
            HttpStatusCode.OK => GcsObject.Parse(reply.Body),
            HttpStatusCode.NotFound when !GcsErrors.IsBucketMissing(reply.Body) => null,
            _ => throw GcsErrors.Of(_client.Bucket, reply.Status, reply.Body),
        };
    }

    private async Task<Page> PageAsync(string prefix, string? after, string? token, int length, CancellationToken cancellationToken)
    {
        var uri = $"{_client.Objects}?maxResults={length}&fields=nextPageToken,items({GcsObject.Fields})&prefix={Uri.EscapeDataString(_prefix + prefix)}";
        if (!string.IsNullOrEmpty(after)) uri += $"&startOffset={Uri.EscapeDataString(_prefix + after)}";
        if (token is not null) uri += $"&pageToken={Uri.EscapeDataString(token)}";
        using var reply = await _client.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, uri), media: false, cancellationToken);
        return reply.Status == HttpStatusCode.OK ? GcsObject.Parse<Page>(reply.Body) : throw GcsErrors.Of(_client.Bucket, reply.Status, reply.Body);
    }

    private sealed record Page
    {
        public IReadOnlyList<GcsObject> Items { get; init; } = [];

        public string? NextPageToken { get; init; }
    }
}
