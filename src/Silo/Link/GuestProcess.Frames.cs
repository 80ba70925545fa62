using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

// The half that the link's reader drives: every method here is called by its loop, in the order of the frames.
internal sealed partial class GuestProcess
{
    /// <summary>Sends START.</summary>
    /// <returns>The outcome, when the guest answers.</returns>
    internal Task<StartResult> Open(byte[] start)
    {
        _ = _outbox.AddOrdinary(start);
        return _started.Task;
    }

    /// <summary>The caller no longer waits for the start: take it back, or end what comes of it.</summary>
    internal void Abandon(byte[] start)
    {
        if (_outbox.TryWithdraw(start))
        {
            _link.Remove(this);
        }

        Dispose();
    }

    /// <summary>A frame about this process.</summary>
    /// <exception cref="LinkViolationException">It breaks a rule.</exception>
    internal void Arrive(in GuestFrame frame)
    {
        var payload = frame.Payload.Span;
        switch (frame.Header.Type)
        {
            case FrameType.Output:
                OnOutput(frame.Header.Channel, BinaryPrimitives.ReadUInt64LittleEndian(payload), payload[8..]);
                break;
            case FrameType.OutputEnd:
                lock (_gate)
                {
                    _state.OutputEnd(frame.Header.Channel, BinaryPrimitives.ReadUInt64LittleEndian(payload));
                    ForgetIfDone();
                }

                FeedOf((LinkChannel)frame.Header.Channel).Pulse.Set();
                break;
            case FrameType.InputAck:
                lock (_gate)
                {
                    _state.InputAck(BinaryPrimitives.ReadUInt64LittleEndian(payload));
                }

                _inputPulse.Set();
                break;
            case FrameType.Started:
                OnStarted(BinaryPrimitives.ReadUInt32LittleEndian(payload), payload[4]);
                break;
            case FrameType.StartFailed:
                OnStartFailed(StartFailure.Read(payload));
                break;
            case FrameType.Poured:
                lock (_gate)
                {
                    _state.Poured();
                    _poured.TrySetResult(null);
                }

                break;
            case FrameType.Exit:
                OnExit(ProcessExit.Read(payload));
                break;
            case FrameType.Drained:
                lock (_gate)
                {
                    _state.Drained();
                    ForgetIfDone();
                }

                _drained.TrySetResult();
                WakeReaders();
                break;
        }
    }

    /// <summary>The link is over: nothing that waits for it waits longer.</summary>
    internal void OnLinkEnded(LinkEnd end)
    {
        lock (_gate)
        {
            _linkEnd = end;
        }

        // No pour starts from here on, so that this one is the last.
        var failure = end.ToException();
        _started.TrySetException(failure);
        _poured.TrySetException(failure);
        _exited.TrySetException(failure);
        _drained.TrySetException(failure);
        // Nobody has to watch all four; an unwatched one is no lost error, since the link itself reports its end.
        _ = (_started.Task.Exception, _poured.Task.Exception, _exited.Task.Exception, _drained.Task.Exception);
        WakeReaders();
        _inputPulse.Set();
    }

    private void OnOutput(byte channel, ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            _state.Output(channel, offset, data.Length);
            if (_disposed)
            {
                Taken((LinkChannel)channel, data.Length);
                return;
            }

            FeedOf((LinkChannel)channel).Queue.Add((LinkChannel)channel, data);
        }

        FeedOf((LinkChannel)channel).Pulse.Set();
    }

    private void OnStarted(uint pid, byte known)
    {
        if (known > 1 || pid > int.MaxValue)
        {
            throw new LinkViolationException(LinkRule.BadValue, $"pid {pid} or known {known} cannot be");
        }

        lock (_gate)
        {
            _state.Started(known == 1);
            Pid = (int)pid;
            if (_disposed)
            {
                KillIfRunning();
            }
        }

        if (known == 1)
        {
            _link.Remove(this);
            _started.TrySetResult(new StartFailure(StartStage.AlreadyStarted, 0, $"Process id {Id} was started before; nothing was started now."));
        }
        else
        {
            _started.TrySetResult(this);
        }
    }

    private void OnStartFailed(StartFailure failure)
    {
        StartFailedTo answered;
        lock (_gate)
        {
            answered = _state.StartFailed();
            if (answered == StartFailedTo.Pour)
            {
                _poured.TrySetResult(failure);
            }
        }

        if (answered == StartFailedTo.Start)
        {
            _link.Remove(this);
            _started.TrySetResult(failure);
        }
    }

    private void OnExit(ProcessExit exit)
    {
        lock (_gate)
        {
            if (_state.Exit())
            {
                _poured.TrySetResult(new StartFailure(StartStage.NoWaitingMould, 0, "The mould ended before it was poured."));
            }
        }

        _exited.TrySetResult(exit);
        _inputPulse.Set();
    }

    private void Taken(LinkChannel channel, int length)
    {
        if (_state.Take(channel, length) is { } offset)
        {
            _outbox.Acknowledge(channel, offset);
        }
    }

    private void KillIfRunning()
    {
        if (_state.Phase == ProcessPhase.Running)
        {
            _ = _outbox.AddUrgent(FrameWriter.Signal(Number, 9, SignalScope.Everything));
        }
    }

    private void ForgetIfDone()
    {
        var done = _state.MayForget && (_disposed || (_state.OutputEnded && Array.TrueForAll(_feeds, feed => feed.Queue.IsEmpty)));
        if (done && _outbox.Close(FrameWriter.Forget(Number)))
        {
            _link.Remove(this);
        }
    }
}
