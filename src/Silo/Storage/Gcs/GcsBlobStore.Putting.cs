using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage.Gcs;

/// <content>
/// How a blob is written: up to 8 MiB in one request, more in chunks of as much. Every write is marked with an id. A condition that fails after an
/// attempt whose answer was lost may have been failed by that very attempt: the id in the object that is there tells.
/// </content>
internal sealed partial class GcsBlobStore
{
    /// <summary>What one request carries, and a put holds in memory.</summary>
    internal const int ChunkLength = 8 << 20;

    private const int SmallLength = 64 * 1024;

    /// <inheritdoc/>
    public async Task<BlobProperties?> PutAsync(string name, Stream content, BlobPutOptions options, CancellationToken cancellationToken = default)
    {
        BlobName.Check(name);
        if (BlobMetadata.Check(options.Metadata).ContainsKey(GcsObject.WriteKey))
            throw new ArgumentException($"The metadata key {GcsObject.WriteKey} is the store's own.", nameof(options));
        var put = new GcsPut(name, _prefix + name, options.Metadata, Condition(options.Condition));

        // Nearly all puts are small, and need no chunk.
        var buffer = ArrayPool<byte>.Shared.Rent(SmallLength);
        try
        {
            var first = buffer.AsMemory(0, SmallLength);
            var length = await FillAsync(first, content, cancellationToken);
            return length < SmallLength ? await PutWholeAsync(put, first[..length], cancellationToken) : await PutLongAsync(put, first, content, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string Condition(BlobCondition condition) =>
        condition.MustBeAbsent ? "&ifGenerationMatch=0" : condition.Generation is { } generation ? $"&ifGenerationMatch={Number(generation)}" : "";

    private async Task<BlobProperties?> PutWholeAsync(GcsPut put, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var crc = new Crc32C();
        crc.Append(content.Span);
        using var reply = await _client.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, $"{_client.Uploads}?uploadType=multipart&fields={GcsObject.Fields}{put.Condition}")
            {
                Content = new MultipartContent("related")
                {
                    Json(put.Describe(crc.ToString())),
                    new ReadOnlyMemoryContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } },
                },
            },
            media: false,
            cancellationToken);
        return await ConcludeAsync(put, reply, crc.ToString(), cancellationToken);
    }

    private async Task<BlobProperties?> PutLongAsync(GcsPut put, ReadOnlyMemory<byte> first, Stream content, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(_chunk);
        try
        {
            var chunk = buffer.AsMemory(0, _chunk);
            first.CopyTo(chunk);
            var length = first.Length + await FillAsync(chunk[first.Length..], content, cancellationToken);

            // A byte beyond a full chunk tells whether there is another.
            var next = new byte[1];
            var more = length == _chunk && await FillAsync(next, content, cancellationToken) > 0;
            if (!more) return await PutWholeAsync(put, chunk[..length], cancellationToken);
            if (await BeginAsync(put, cancellationToken) is not { } upload) return null;
            while (true)
            {
                using var reply = await upload.SendAsync(chunk[..length], isLast: !more, cancellationToken);
                if (reply is not null) return await ConcludeAsync(put, reply, upload.Checksum, cancellationToken);
                buffer[0] = next[0];
                length = 1 + await FillAsync(chunk[1..], content, cancellationToken);
                more = length == _chunk && await FillAsync(next, content, cancellationToken) > 0;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <returns>The upload; null when the condition does not hold.</returns>
    private async Task<GcsUpload?> BeginAsync(GcsPut put, CancellationToken cancellationToken)
    {
        using var begun = await _client.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, $"{_client.Uploads}?uploadType=resumable&fields={GcsObject.Fields}{put.Condition}") { Content = Json(put.Describe(null)) },
            media: false,
            cancellationToken);

        // A session that was begun writes nothing yet, so this condition failed whatever answer was lost.
        if (begun.Status == HttpStatusCode.PreconditionFailed) return null;
        return begun.Response?.Headers.Location is { } session ? new GcsUpload(_client, session, put.Name) : throw GcsErrors.Of(_client.Bucket, begun.Status, begun.Body);
    }

    /// <summary>What the answer to the last request of a write means.</summary>
    private async Task<BlobProperties?> ConcludeAsync(GcsPut put, GcsReply reply, string checksum, CancellationToken cancellationToken)
    {
        switch (reply.Status)
        {
            case HttpStatusCode.OK or HttpStatusCode.Created:
                return Written(put, GcsObject.Parse(reply.Body), checksum);
            case HttpStatusCode.PreconditionFailed when !reply.Unsure:
                return null;

            // Or the session of an upload has ended, which it also does when the upload is complete.
            case HttpStatusCode.PreconditionFailed or HttpStatusCode.NotFound or HttpStatusCode.Gone when reply.Unsure && !GcsErrors.IsBucketMissing(reply.Body):
                return await FindObjectAsync(put.Name, cancellationToken) is { } found && found.Write == put.Write
                    ? Written(put, found, checksum)
                    : throw new GcsException(
                        GcsFailure.Unsure, $"Whether {put.Name} was written cannot be told: the answer was lost, and another generation or none is there now.");
            default:
                throw GcsErrors.Of(_client.Bucket, reply.Status, reply.Body);
        }
    }

    private static ValueTask<int> FillAsync(Memory<byte> buffer, Stream content, CancellationToken cancellationToken) =>
        content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);

    private static BlobProperties Written(GcsPut put, GcsObject stored, string checksum) =>
        // Cloud Storage was told the checksum and refuses other bytes; an endpoint that does not is found out here.
        stored.Crc32c == checksum
            ? stored.ToBlob(put.Name)
            : throw new GcsException(GcsFailure.Damaged, $"{put.Name} arrived with checksum {stored.Crc32c}, not {checksum}, and was stored all the same. Write it anew.");

    private static ByteArrayContent Json(byte[] json) => new(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" } } };
}
