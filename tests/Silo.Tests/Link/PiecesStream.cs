namespace Sandbox.Silo.Tests.Link;

/// <summary>A stream that hands out its pieces one read at a time.</summary>
internal sealed class PiecesStream(params byte[][] pieces) : MemoryStream
{
    private int _next;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_next == pieces.Length)
        {
            return new ValueTask<int>(0);
        }

        var piece = pieces[_next];
        var length = Math.Min(piece.Length, buffer.Length);
        piece.AsSpan(0, length).CopyTo(buffer.Span);
        if (length == piece.Length)
        {
            _next++;
        }
        else
        {
            pieces[_next] = piece[length..];
        }

        return new ValueTask<int>(length);
    }
}
