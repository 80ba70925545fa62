namespace Sandboxes.Tests.Server;

/// <summary>An output log or an input: bytes that only grow, and a way to wait for more.</summary>
internal sealed class ScriptedLog
{
    private readonly Lock _gate = new();
    private readonly MemoryStream _bytes = new();
    private TaskCompletionSource _changed = New();

    public bool Ended { get; private set; }

    /// <summary>The first byte that is still kept.</summary>
    public long Start { get; private set; }

    public long Length
    {
        get
        {
            lock (_gate) return _bytes.Length;
        }
    }

    public byte[] Bytes
    {
        get
        {
            lock (_gate) return _bytes.ToArray();
        }
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            _bytes.Position = _bytes.Length;
            _bytes.Write(data);
        }

        Signal();
    }

    public void End()
    {
        lock (_gate) Ended = true;
        Signal();
    }

    /// <summary>Forgets what lies before an offset.</summary>
    public void DropBefore(long offset)
    {
        lock (_gate) Start = offset;
    }

    /// <summary>Goes back to when it was shorter.</summary>
    public void CutBack(long length)
    {
        lock (_gate) _bytes.SetLength(length);
        Signal();
    }

    public byte[] Slice(long offset, int most)
    {
        lock (_gate)
        {
            _bytes.Position = offset;
            var part = new byte[Math.Min(most, _bytes.Length - offset)];
            _bytes.ReadExactly(part);
            return part;
        }
    }

    /// <summary>Waits until there is something behind an offset, or the end; or less than there was.</summary>
    public async Task WaitAsync(long offset, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_bytes.Length != offset || Ended) return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits for the end.</summary>
    public async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (Ended) return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal()
    {
        TaskCompletionSource changed;
        lock (_gate) (changed, _changed) = (_changed, New());
        changed.TrySetResult();
    }
}
