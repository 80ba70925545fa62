using System.Net;
using System.Net.Http.Headers;

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>
/// A resumable upload: chunks in their order. After a failure it asks how far the bytes have come, and goes on from there, so that none is
/// stored twice; the same question finds out whether the last chunk made the object.
/// </summary>
internal sealed class GcsUpload(GcsClient client, Uri session, string name)
{
    private Crc32C _checksum;
    private long _sent;

    /// <summary>The checksum of all chunks up to now.</summary>
    public string Checksum => _checksum.ToString();

    /// <summary>Sends the next chunk.</summary>
    /// <param name="chunk">Its bytes: a multiple of 256 KiB, unless it is the last.</param>
    /// <param name="isLast">Whether the object is complete with it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when more is to follow; else how the upload ended, which the caller disposes of.</returns>
    public async Task<GcsReply?> SendAsync(ReadOnlyMemory<byte> chunk, bool isLast, CancellationToken cancellationToken)
    {
        _checksum.Append(chunk.Span);
        var (start, end) = (_sent, _sent + chunk.Length);
        _sent = end;
        var patience = client.Patience();
        var (at, asks, unsure) = (start, false, false);
        while (true)
        {
            var rest = chunk[(int)(at - start)..];
            var reply = await client.AttemptAsync(asks || rest.IsEmpty ? Ask(isLast ? end : null) : Put(rest, at, isLast ? end : null), media: false, cancellationToken);
            if (reply.Transient is null && reply.Status != HttpStatusCode.PermanentRedirect) return reply with { Unsure = unsure };
            using (reply)
            {
                unsure |= isLast && reply.Unsure;
                asks = reply.Transient is not null;
                if (!asks)
                {
                    var stored = Stored(reply);
                    if (stored < at || stored > end) throw new GcsException(GcsFailure.Damaged, $"The upload of {name} stands at byte {stored}, not at {at} to {end}. Write it anew.");
                    if (stored == end && !isLast) return null;
                    if (stored > at)
                    {
                        at = stored;
                        patience.Renew();
                        continue;
                    }
                }

                await patience.WaitAsync(asks ? reply : reply with { Transient = Stuck() }, cancellationToken);
            }
        }
    }

    /// <summary>How many bytes the store has.</summary>
    private static long Stored(GcsReply reply) =>
        reply.Response!.Headers.TryGetValues("Range", out var values) && RangeHeaderValue.TryParse(values.First(), out var range)
            ? range.Ranges.First().To!.Value + 1
            : 0;

    private GcsException Stuck() => new(GcsFailure.Unavailable, $"The upload of {name} does not get on.");

    private HttpRequestMessage Ask(long? total)
    {
        var content = new ByteArrayContent([]);
        content.Headers.TryAddWithoutValidation("Content-Range", $"bytes */{total?.ToString() ?? "*"}");
        return Request(content, total);
    }

    private HttpRequestMessage Put(ReadOnlyMemory<byte> bytes, long at, long? total)
    {
        var content = new ReadOnlyMemoryContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Range", $"bytes {at}-{at + bytes.Length - 1}/{total?.ToString() ?? "*"}");
        return Request(content, total);
    }

    private HttpRequestMessage Request(HttpContent content, long? total)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, session) { Content = content };

        // What completes the object is refused if the whole has another checksum.
        if (total is not null) request.Headers.Add("X-Goog-Hash", $"crc32c={Checksum}");
        return request;
    }
}
