using Sandbox.Silo.Telemetry;

namespace Sandbox.Silo.Link;

/// <summary>
/// Cuts the guest's bytes into frames. It owns one buffer that holds the largest legal frame, so that no length from a guest ever
/// allocates anything. Used by one loop: <see cref="TryRead"/> until it says no, then <see cref="FillAsync"/>.
/// </summary>
internal sealed class FrameReader(Stream stream)
{
    // Below the large object heap, above the largest frame.
    private readonly byte[] _buffer = new byte[80 * 1024];
    private int _start;
    private int _end;

    /// <summary>The next frame, if all of it is there.</summary>
    /// <param name="frame">The frame; its payload is valid until the next <see cref="FillAsync"/>.</param>
    /// <returns>False when more bytes are needed.</returns>
    /// <exception cref="LinkViolationException">The header breaks a rule; found as soon as the header is there.</exception>
    public bool TryRead(out GuestFrame frame)
    {
        frame = default;
        if (_end - _start < FrameHeader.Size)
        {
            return false;
        }

        var header = FrameHeader.Read(_buffer.AsSpan(_start));
        try
        {
            GuestFrameRules.Check(header);
        }
        catch (LinkViolationException violation)
        {
            throw violation.In(header);
        }

        var length = (int)header.Length;
        if (_end - _start < FrameHeader.Size + length)
        {
            return false;
        }

        frame = new GuestFrame(header, new ReadOnlyMemory<byte>(_buffer, _start + FrameHeader.Size, length));
        _start += FrameHeader.Size + length;
        return true;
    }

    /// <summary>Reads more bytes.</summary>
    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="LinkViolationException">The stream ended inside a frame.</exception>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            // What is left is part of one frame, so there is always room behind it.
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        if (read == 0 && _end > 0)
        {
            throw new LinkViolationException(LinkRule.TruncatedFrame, $"the stream ended {_end} bytes into a frame");
        }

        _end += read;
        HostMetrics.ReceivedFromGuest(read);
        return read > 0;
    }
}
