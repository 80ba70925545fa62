using System.Buffers.Binary;

namespace Sandbox.Silo.Link;

internal sealed partial class GuestLink
{
    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                while (_end is null && _reader.TryRead(out var frame))
                {
                    if (!MayPass())
                    {
                        return;
                    }

                    Arrive(frame);
                }

                if (!await _reader.FillAsync(_stop.Token))
                {
                    End(Volatile.Read(ref _shutdownAsked)
                        ? new LinkEnd(LinkEndKind.ShutDown, "The guest agent shut down as asked.")
                        : new LinkEnd(LinkEndKind.GuestGone, "The guest agent is gone: its sandbox died or was killed."));
                    return;
                }
            }
        }
        catch (LinkViolationException violation)
        {
            End(violation.End);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // End has been called, and has told everyone.
        }
        catch (Exception e)
        {
            // Whatever it is, those who wait must learn that nothing more will come.
            Log.TransportFailed(_logger, e);
            End(new LinkEnd(LinkEndKind.TransportFailed, $"Reading from the guest failed: {e.Message}"));
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await _writer.RunAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // End has been called, and has told everyone.
        }
        catch (Exception e)
        {
            // A guest that went away breaks the writing first, but only the reader can say so, with all that came before.
            if (!await EndedWithinAsync(Ended))
            {
                Log.TransportFailed(_logger, e);
                End(new LinkEnd(LinkEndKind.TransportFailed, $"Writing to the guest failed: {e.Message}"));
            }
        }
    }

    private void Arrive(in GuestFrame frame)
    {
        try
        {
            _state.Arrive(frame.Header.Type);
            if (frame.Header.Type is FrameType.WorkOutput or FrameType.WorkInputAck or FrameType.WorkDone)
            {
                FindWork(frame.Header)?.Arrive(frame);
                return;
            }

            if (frame.Header.Process != 0)
            {
                Find(frame.Header)?.Arrive(frame);
                return;
            }

            var payload = frame.Payload.Span;
            switch (frame.Header.Type)
            {
                case FrameType.Hello:
                    OnHello(GuestHello.Read(payload));
                    break;
                case FrameType.Ready:
                    _ready.TrySetResult(Hello);
                    break;
                case FrameType.Pong:
                    lock (_gate)
                    {
                        _state.Pong(BinaryPrimitives.ReadUInt64LittleEndian(payload));
                        _pong.TrySetResult();
                    }

                    break;
                case FrameType.Held:
                    _held.TrySetResult();
                    break;
                case FrameType.Resumed:
                    _resumed.TrySetResult();
                    break;
                case FrameType.DiskUsage:
                    var usage = DiskUsage.Read(payload, _diskBytes);
                    lock (_gate)
                    {
                        _state.DiskUsage();
                        _disk.TrySetResult(usage);
                    }

                    break;
                case FrameType.Failure:
                    var code = BinaryPrimitives.ReadUInt32LittleEndian(payload);
                    End(new LinkEnd(LinkEndKind.GuestFailed, $"The guest agent failed (code {code}): {GuestText.Read(payload[4..])}"));
                    break;
            }
        }
        catch (LinkViolationException violation)
        {
            throw violation.In(frame.Header);
        }
    }

    private void OnHello(GuestHello hello)
    {
        if (hello.Version != LinkLimits.ProtocolVersion)
        {
            End(new LinkEnd(
                LinkEndKind.VersionMismatch,
                $"The guest agent ({hello.AgentVersion}) speaks version {hello.Version} of the link, this host version {LinkLimits.ProtocolVersion}: "
                + "run `./sandbox setup`, which builds the agent that belongs to this host."));
            return;
        }

        _hello = hello;
        Log.Hello(_logger, hello.AgentVersion, hello.Restored);
        _ = _outbox.AddOrdinary(_configure);
    }

    /// <summary>The process that a frame is about, or null when it is about one that the host has let go of and may be ignored.</summary>
    private GuestProcess? Find(in FrameHeader header)
    {
        lock (_gate)
        {
            if (_processes.TryGetValue(header.Process, out var process) || _end is not null)
            {
                return process;
            }

            if (header.Process > _lastNumber)
            {
                throw new LinkViolationException(LinkRule.UnknownProcess, $"the host has started no process {header.Process}");
            }

            // What can be on its way when the host says FORGET: programs left behind, and the answer to a POUR that met the mould's end. The
            // rest comes before DRAINED, and the host says FORGET after it.
            return header.Type is FrameType.Output or FrameType.OutputEnd or FrameType.InputAck or FrameType.StartFailed
                ? null
                : throw new LinkViolationException(LinkRule.AfterForget, $"process {header.Process} is over and forgotten");
        }
    }
}
