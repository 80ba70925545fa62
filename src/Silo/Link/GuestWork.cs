using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Sandbox.Silo.Link;

/// <summary>
/// An operation that a worker of the agent carries out, with a byte stream in and one out. Members may be called from any thread; one reader and one
/// writer at a time. While the link is held it stands still. It is freed on both sides once it is done, or once it is disposed, which ends the worker.
/// </summary>
internal sealed class GuestWork : IDisposable
{
    private readonly Lock _gate = new();
    private readonly GuestLink _link;
    private readonly byte[] _frame;
    private readonly Outbox _outbox;
    private readonly OutputOffsets _output = new();
    private readonly InputOffsets _input = new(LinkLimits.WorkInputWindow, LinkLimits.WorkInputFrame);
    private readonly OutputQueue _queue = new();
    private readonly Pulse _outputPulse = new();
    private readonly Pulse _inputPulse = new();
    private readonly TaskCompletionSource<WorkEnd> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LinkEnd? _linkEnd;
    private bool _disposed;

    public GuestWork(GuestLink link, LinkWriter writer, uint number, WorkRequest request)
    {
        _link = link;
        _frame = request.ToFrame(number);
        _outbox = new Outbox(number, writer, FrameType.WorkAck);
        Number = number;
    }

    /// <summary>Its number on the link.</summary>
    public uint Number { get; }

    /// <summary>Its end; output may wait to be read. Fails with a <see cref="LinkException"/> when the link ends first.</summary>
    public Task<WorkEnd> Done => _done.Task;

    /// <summary>
    /// Sends bytes to the worker, after those of earlier calls. Returns when all are on their way; waits while
    /// <see cref="LinkLimits.WorkInputWindow"/> bytes are that it has not taken.
    /// </summary>
    /// <returns>False when the worker takes no more: <see cref="Done"/> says why.</returns>
    /// <exception cref="LinkException">The link is over.</exception>
    public async Task<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            int sent;
            lock (_gate)
            {
                ThrowIfOver();
                if (_input.Closed || _done.Task.IsCompleted) return false;
                sent = _input.Reserve(data.Length, out var offset);
                if (sent > 0) _ = _outbox.AddOrdinary(FrameWriter.WorkInput(Number, offset, data.Span[..sent]));
            }

            data = data[sent..];
            if (sent == 0) await _inputPulse.WaitAsync(cancellationToken);
        }

        return true;
    }

    /// <summary>Ends the stream to the worker.</summary>
    public void EndInput()
    {
        lock (_gate)
        {
            if (_linkEnd is not null || _input.Closed || _done.Task.IsCompleted) return;
            _input.Close();
            _ = _outbox.AddOrdinary(FrameWriter.WorkInputEnd(Number, _input.Sent));
        }
    }

    /// <summary>Reads what the worker writes, to its end; a reader that stops reading stops the worker.</summary>
    /// <exception cref="LinkException">The link is over.</exception>
    public async IAsyncEnumerable<byte[]> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            byte[]? data;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (_queue.TryTake(out _, out data))
                {
                    if (_output.Take(data.Length)) _outbox.Acknowledge(default, _output.Acknowledge());
                }
                else
                {
                    ThrowIfOver();
                    if (_done.Task.IsCompleted) yield break;
                }
            }

            if (data.Length > 0)
                yield return data;
            else
                await _outputPulse.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Lets go of it: a worker that still works is ended. Does not wait.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            while (_queue.TryTake(out _, out _))
            {
                // What nobody reads any more.
            }

            if (_done.Task.IsCompleted || _linkEnd is not null) return;
            if (_outbox.TryWithdraw(_frame))
            {
                _link.Remove(this);
                _done.TrySetResult(new WorkEnd(0, Killed: true, []));
            }
            else
            {
                _ = _outbox.Close(FrameWriter.WorkCancel(Number));
            }
        }

        _outputPulse.Set();
        _inputPulse.Set();
    }

    /// <summary>Sends WORK.</summary>
    internal void Open() => _ = _outbox.AddOrdinary(_frame);

    /// <summary>A frame about this work.</summary>
    /// <exception cref="LinkViolationException">It breaks a rule.</exception>
    internal void Arrive(in GuestFrame frame)
    {
        var payload = frame.Payload.Span;
        lock (_gate)
        {
            switch (frame.Header.Type)
            {
                case FrameType.WorkOutput:
                    _output.Receive(BinaryPrimitives.ReadUInt64LittleEndian(payload), payload.Length - 8);
                    // Who was told to stop is owed no acknowledgement: the worker is ended, and what it sent meanwhile is void.
                    if (!_disposed) _queue.Add(default, payload[8..]);
                    break;
                case FrameType.WorkInputAck:
                    _input.Acknowledge(BinaryPrimitives.ReadUInt64LittleEndian(payload));
                    break;
                default:
                    var end = WorkEnd.Read(payload);
                    _link.Remove(this);
                    _done.TrySetResult(end);
                    break;
            }
        }

        _outputPulse.Set();
        _inputPulse.Set();
    }

    /// <summary>The link is over: nothing that waits for it waits longer.</summary>
    internal void OnLinkEnded(LinkEnd end)
    {
        lock (_gate) _linkEnd = end;
        _done.TrySetException(end.ToException());
        _ = _done.Task.Exception;
        _outputPulse.Set();
        _inputPulse.Set();
    }

    private void ThrowIfOver()
    {
        if (_linkEnd is not null) throw _linkEnd.ToException();
    }
}
