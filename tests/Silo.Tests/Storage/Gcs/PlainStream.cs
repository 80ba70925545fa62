namespace Sandbox.Silo.Tests.Storage.Gcs;

/// <summary>Bytes that come once, in uneven pieces, and cannot be sought: as those of a program or a network.</summary>
/// <param name="bytes">The bytes.</param>
/// <param name="failsAt">Where reading fails, or where its end does; beyond them for never.</param>
internal sealed class PlainStream(byte[] bytes, int failsAt = int.MaxValue) : Stream
{
    private int _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        if (_read >= failsAt) throw new InvalidDataException("It is not what it should be.");
        var length = Math.Min(Math.Min(buffer.Length, 99_999), bytes.Length - _read);
        bytes.AsMemory(_read, length).CopyTo(buffer);
        _read += length;
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
