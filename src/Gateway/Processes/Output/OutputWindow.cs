namespace Sandbox.Gateway.Processes.Output;

/// <summary>
/// How far a reader may be sent ahead of what it has acknowledged: <see cref="Size"/> bytes, so that a reader that stalls leaves no more than
/// that on a connection that others use too. Thread-safe; one sends, anybody acknowledges.
/// </summary>
internal sealed class OutputWindow(long from)
{
    /// <summary>Bytes that may be on their way.</summary>
    public const int Size = 262_144;

    private readonly Lock _gate = new();
    private long _sent = from;
    private long _floor = from;
    private long _acknowledged = from;
    private long _timeline;
    private TaskCompletionSource? _opening;

    /// <summary>The offset behind the last byte that was sent.</summary>
    public long Sent
    {
        get
        {
            lock (_gate) return _sent;
        }
    }

    /// <summary>The offset before which the reader has everything.</summary>
    public long Acknowledged
    {
        get
        {
            lock (_gate) return _acknowledged;
        }
    }

    /// <summary>How many bytes may be sent now.</summary>
    public int Room
    {
        get
        {
            lock (_gate) return (int)(Size - (_sent - _floor));
        }
    }

    /// <summary>Bytes are sent.</summary>
    public void Advance(int count)
    {
        lock (_gate) _sent += count;
    }

    /// <summary>The log goes on elsewhere: what is on its way stays on its way.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="timeline">Which history that offset belongs to.</param>
    public void JumpTo(long offset, long timeline)
    {
        lock (_gate)
        {
            _timeline = timeline;
            _floor += offset - _sent;
            _sent = offset;
            _acknowledged = Math.Min(_acknowledged, offset);
        }
    }

    /// <summary>The reader has everything before an offset. What was never sent cannot be acknowledged, and nothing twice.</summary>
    /// <param name="offset">The offset.</param>
    /// <param name="timeline">The history that it belongs to, or null where the reader does not say. One of an earlier history says nothing about this one.</param>
    /// <returns>Whether that is news.</returns>
    public bool Acknowledge(long offset, long? timeline)
    {
        TaskCompletionSource? opening;
        lock (_gate)
        {
            if (timeline < _timeline) return false;
            offset = Math.Min(offset, _sent);

            // Behind a jump back, what is on its way is of another history: to be where it goes on means to have dealt with that.
            if (offset < _acknowledged || (offset == _acknowledged && offset <= _floor)) return false;
            _acknowledged = offset;
            _floor = Math.Max(_floor, offset);
            (opening, _opening) = (_opening, null);
        }

        opening?.TrySetResult();
        return true;
    }

    /// <summary>Completes when there is room.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        Task opened;
        lock (_gate)
        {
            if (_sent - _floor < Size) return Task.CompletedTask;
            _opening ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            opened = _opening.Task;
        }

        return opened.WaitAsync(cancellationToken);
    }
}
