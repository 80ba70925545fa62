using System.Net;
using System.Net.Http.Headers;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>
/// The bytes of one generation of an object, or a range of them. A connection that breaks is replaced, from the byte where it broke; of a whole
/// object the checksum is compared before its last bytes are handed out.
/// </summary>
internal sealed class GcsDownload : Stream
{
    private readonly GcsClient _client;
    private readonly string _uri;
    private readonly BlobRange? _range;
    private readonly GcsPatience _patience;
    private GcsReply? _reply;
    private Stream? _stream;
    private GcsObject? _object;
    private Crc32C _checksum;
    private long _start;
    private long _length;
    private long _read;

    private GcsDownload(GcsClient client, string uri, BlobRange? range, GcsReply? reply)
    {
        (_client, _uri, _range, _reply) = (client, uri, range, reply);
        _patience = client.Patience();
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    private bool IsWhole => _length == _object!.Size;

    /// <summary>Asks for the bytes of whichever generation there is.</summary>
    /// <returns>A stream that must <see cref="TryBegin"/>; null when there is no such object.</returns>
    public static async Task<GcsDownload?> OpenAsync(GcsClient client, string uri, BlobRange? range, CancellationToken cancellationToken)
    {
        // An empty range cannot be asked for, and needs no asking.
        if (range is { Length: <= 0 }) return new GcsDownload(client, uri, range, reply: null);
        var reply = await client.SendAsync(() => Request(uri, Math.Max(range?.Offset ?? 0, 0), range?.Length), media: true, cancellationToken);
        switch (reply.Status)
        {
            case HttpStatusCode.OK or HttpStatusCode.PartialContent:
                return new GcsDownload(client, uri, range, reply);
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                reply.Dispose();
                return new GcsDownload(client, uri, range, reply: null);
            case HttpStatusCode.NotFound when !GcsErrors.IsBucketMissing(reply.Body):
                reply.Dispose();
                return null;
            default:
                using (reply) throw GcsErrors.Of(client.Bucket, reply.Status, reply.Body);
        }
    }

    /// <summary>Says which object it is.</summary>
    /// <returns>False when the bytes are those of another generation.</returns>
    /// <exception cref="GcsException">The bytes do not begin where they were asked for.</exception>
    public bool TryBegin(GcsObject found)
    {
        _object = found;
        _start = Math.Clamp(_range?.Offset ?? 0, 0, found.Size);
        _length = Math.Clamp(_range?.Length ?? long.MaxValue, 0, found.Size - _start);
        if (_reply is null) return _length == 0;
        if (_start > 0 && _reply.Status != HttpStatusCode.PartialContent) throw new GcsException(GcsFailure.Refused, "What answers at Gcs:Endpoint does not heed ranges.");
        return _reply.Response!.Headers.TryGetValues("x-goog-generation", out var generation) && generation.First() == found.Generation;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_read == _length || buffer.IsEmpty) return 0;
        var wanted = buffer[..(int)Math.Min(buffer.Length, _length - _read)];
        while (true)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(_client.AttemptTimeout);
            Exception? broken = null;
            try
            {
                _stream ??= await (_reply ?? await ReopenAsync(cancellationToken)).Response!.Content.ReadAsStreamAsync(limit.Token);
                if (await _stream.ReadAsync(wanted, limit.Token) is > 0 and var got) return Take(wanted.Span[..got]);
            }
            catch (Exception e) when (e is not GcsException && GcsClient.IsBroken(e) && !cancellationToken.IsCancellationRequested)
            {
                broken = e;
            }

            LetGo();
            var failure = new GcsException(GcsFailure.Unavailable, $"The connection broke at byte {_read} of {_length}: {broken?.Message ?? "it ended"}", broken);
            await _patience.WaitAsync(new GcsReply { Transient = failure }, cancellationToken);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Layers are unpacked by a thread of their own, which waits for the disk as well.
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) LetGo();
        base.Dispose(disposing);
    }

    private static HttpRequestMessage Request(string uri, long offset, long? length, string? generation = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{uri}?alt=media{(generation is null ? "" : $"&generation={generation}")}");
        if (offset > 0 || length is not null) request.Headers.Range = new RangeHeaderValue(offset, length is null ? null : offset + length - 1);
        return request;
    }

    private int Take(ReadOnlySpan<byte> bytes)
    {
        _checksum.Append(bytes);
        _read += bytes.Length;
        _patience.Renew();
        return _read < _length || !IsWhole || _checksum.ToString() == _object!.Crc32c
            ? bytes.Length
            : throw new GcsException(GcsFailure.Damaged, $"{_object.Name} came with checksum {_checksum}, not {_object.Crc32c}. Read it again; if it stays so, restore it from a backup.");
    }

    private async Task<GcsReply> ReopenAsync(CancellationToken cancellationToken)
    {
        _reply = await _client.SendAsync(() => Request(_uri, _start + _read, _length - _read, _object!.Generation), media: true, cancellationToken);
        return _reply.Status == HttpStatusCode.PartialContent
            ? _reply
            : throw (_reply.Status == HttpStatusCode.NotFound && !GcsErrors.IsBucketMissing(_reply.Body)
                ? new GcsException(GcsFailure.Unavailable, $"{_object!.Name} was written or deleted while it was read, and the connection broke. Read it again.")
                : GcsErrors.Of(_client.Bucket, _reply.Status, _reply.Body));
    }

    private void LetGo()
    {
        _stream?.Dispose();
        _reply?.Dispose();
        (_stream, _reply) = (null, null);
    }
}
