namespace Sandbox.Silo.Link;

/// <summary>
/// What the host has to say about one process (or about the sandbox) and the writer has not yet taken. It is bounded by its nature: an
/// acknowledgement, a size or a lease replaces the one before it, a signal that waits already is not added again (as in Unix), and ordinary frames are one
/// opening and what the input window lets in. So no caller ever waits here, and nothing follows the last frame. Thread-safe.
/// </summary>
internal sealed class Outbox(uint process, LinkWriter writer, FrameType acknowledge = FrameType.OutputAck)
{
    /// <summary>The room in which all urgent frames of one outbox fit: acknowledgements, a size, a lease, every signal in both scopes, and the last frame.</summary>
    public const int MostUrgentBytes = 4_096;

    private readonly Lock _gate = new();
    private readonly ulong?[] _acknowledgements = new ulong?[5];
    private byte[]? _resize;
    private byte[]? _lease;
    private readonly List<byte[]> _urgent = [];
    private readonly Queue<byte[]> _ordinary = new();
    private bool _urgentScheduled;
    private bool _ordinaryScheduled;
    private bool _closed;

    /// <summary>Acknowledges output up to the offset.</summary>
    public void Acknowledge(LinkChannel channel, ulong offset)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _acknowledgements[(int)channel] = offset;
                ScheduleUrgent();
            }
        }
    }

    /// <summary>Adds a small frame that goes before all ordinary ones of all processes.</summary>
    /// <returns>False when the last frame was said.</returns>
    public bool AddUrgent(byte[] frame)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            if (!_urgent.Exists(waiting => waiting.AsSpan().SequenceEqual(frame)))
            {
                _urgent.Add(frame);
                ScheduleUrgent();
            }

            return true;
        }
    }

    /// <summary>Says a terminal's newest size; one that still waits is not said any more.</summary>
    /// <returns>False when the last frame was said.</returns>
    public bool Resize(byte[] frame)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _resize = frame;
            ScheduleUrgent();
            return true;
        }
    }

    /// <summary>Says for how long programs may run; what was said before and still waits is not said any more.</summary>
    public void Lease(byte[] frame)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _lease = frame;
                ScheduleUrgent();
            }
        }
    }

    /// <summary>Adds a frame that keeps its order among the ordinary ones of this process.</summary>
    /// <returns>False when the last frame was said.</returns>
    public bool AddOrdinary(byte[] frame)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _ordinary.Enqueue(frame);
            if (!_ordinaryScheduled)
            {
                _ordinaryScheduled = true;
                writer.ScheduleOrdinary(this);
            }

            return true;
        }
    }

    /// <summary>Says the last frame, instead of everything that still waits; nothing follows it.</summary>
    /// <returns>False when it was said before.</returns>
    public bool Close(byte[] lastFrame)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            Clear();
            _urgent.Add(lastFrame);
            ScheduleUrgent();
            return true;
        }
    }

    /// <summary>Takes a START back that the writer has not taken, and closes.</summary>
    /// <returns>False when it was taken: the guest will answer.</returns>
    public bool TryWithdraw(byte[] start)
    {
        lock (_gate)
        {
            if (_closed || !_ordinary.TryPeek(out var first) || !ReferenceEquals(first, start))
            {
                return false;
            }

            Clear();
            return true;
        }
    }

    /// <summary>For the writer: takes every urgent frame.</summary>
    /// <param name="into">At least <see cref="MostUrgentBytes"/>.</param>
    /// <returns>Bytes written.</returns>
    public int TakeUrgent(Span<byte> into)
    {
        lock (_gate)
        {
            _urgentScheduled = false;
            var written = 0;
            for (var channel = 0; channel < _acknowledgements.Length; channel++)
            {
                if (_acknowledgements[channel] is { } offset)
                {
                    FrameWriter.Acknowledge(into[written..], acknowledge, process, (LinkChannel)channel, offset);
                    written += FrameWriter.AcknowledgeSize;
                    _acknowledgements[channel] = null;
                }
            }

            if (_resize is not null)
            {
                _resize.CopyTo(into[written..]);
                written += _resize.Length;
                _resize = null;
            }

            if (_lease is not null)
            {
                _lease.CopyTo(into[written..]);
                written += _lease.Length;
                _lease = null;
            }

            foreach (var frame in _urgent)
            {
                frame.CopyTo(into[written..]);
                written += frame.Length;
            }

            _urgent.Clear();
            return written;
        }
    }

    /// <summary>For the writer: takes one ordinary frame, and schedules itself again, behind the other processes, when more wait.</summary>
    /// <returns>The frame, or null when it was withdrawn.</returns>
    public byte[]? TakeOrdinary()
    {
        lock (_gate)
        {
            var any = _ordinary.TryDequeue(out var frame);
            _ordinaryScheduled = _ordinary.Count > 0;
            if (_ordinaryScheduled)
            {
                writer.ScheduleOrdinary(this);
            }

            return any ? frame : null;
        }
    }

    private void Clear()
    {
        _closed = true;
        _ordinary.Clear();
        _urgent.Clear();
        _resize = null;
        _lease = null;
        Array.Clear(_acknowledgements);
    }

    private void ScheduleUrgent()
    {
        if (!_urgentScheduled)
        {
            _urgentScheduled = true;
            writer.ScheduleUrgent(this);
        }
    }
}
