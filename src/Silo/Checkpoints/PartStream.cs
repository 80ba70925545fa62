using System.Security.Cryptography;

namespace Sandbox.Silo.Checkpoints;

/// <summary>
/// A part's bytes on their way, which end in an exception instead of an end when they are not the part's: so a put of them never takes place.
/// </summary>
internal sealed class PartStream(Stream inner, CheckpointPart part, Func<string, Exception> wrong) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _read;
    private bool _checked;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => part.Size;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var got = await inner.ReadAsync(buffer, cancellationToken);
        Take(buffer.Span[..got], buffer.Length);
        return got;
    }

    public override int Read(Span<byte> buffer)
    {
        var got = inner.Read(buffer);
        Take(buffer[..got], buffer.Length);
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Take(ReadOnlySpan<byte> bytes, int asked)
    {
        _hash.AppendData(bytes);
        _read += bytes.Length;
        if (_read > part.Size) throw wrong($"it has more than its {part.Size} bytes");
        if (bytes.Length > 0 || asked == 0 || _checked) return;
        _checked = true;
        if (_read < part.Size) throw wrong($"it has {_read} bytes, not {part.Size}");
        if (!_hash.GetCurrentHash().AsSpan().SequenceEqual(Convert.FromHexString(part.Digest.Hex))) throw wrong("its digest is another");
    }
}
