using Sandbox.Silo.Telemetry;

namespace Sandbox.Silo.Link;

/// <summary>
/// The one writer of a link. It holds no frames, only the outboxes that have some: urgent ones first, all together in one write; then one
/// ordinary frame of one process, in turn. So a signal waits for at most the one frame that is being written.
/// </summary>
/// <param name="stream">Where to.</param>
/// <param name="mayPass">Asked before each write; once it is false nothing more is written.</param>
internal sealed class LinkWriter(Stream stream, Func<bool>? mayPass = null)
{
    private readonly Lock _gate = new();
    private readonly Queue<Outbox> _urgent = new();
    private readonly Queue<Outbox> _ordinary = new();
    private readonly Pulse _work = new();
    private byte[]? _hold;
    private byte[]? _resume;
    private bool _held;
    private readonly byte[] _batch = new byte[2 * Outbox.MostUrgentBytes];

    /// <summary>Says that an outbox has urgent frames; once until it is asked for them.</summary>
    public void ScheduleUrgent(Outbox outbox) => Schedule(_urgent, outbox);

    /// <summary>Says that an outbox has ordinary frames; once until it is asked for one.</summary>
    public void ScheduleOrdinary(Outbox outbox) => Schedule(_ordinary, outbox);

    /// <summary>Writes everything that waits and this frame, and then nothing until <see cref="Resume"/>.</summary>
    public void Hold(byte[] frame)
    {
        lock (_gate)
        {
            _hold = frame;
        }

        _work.Set();
    }

    /// <summary>Writes this frame, and goes on with what waits.</summary>
    public void Resume(byte[] frame)
    {
        lock (_gate)
        {
            _resume = frame;
        }

        _work.Set();
    }

    /// <summary>Writes nothing before <see cref="Resume"/>. Before it runs.</summary>
    public void StartHeld() => _held = true;

    /// <summary>Writes until it is cancelled or the stream fails.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _work.WaitAsync(cancellationToken);
            if (_held)
            {
                if (!await WriteAsync(Take(ref _resume), cancellationToken))
                {
                    continue;
                }

                _held = false;
            }

            // One ordinary frame after every batch of urgent ones, so that neither kind can starve the other.
            bool wrote;
            do
            {
                wrote = await WriteAsync(TakeUrgent(), cancellationToken);
                wrote |= await WriteAsync(TakeOrdinary(), cancellationToken);
            }
            while (wrote);
            _held = await WriteAsync(Take(ref _hold), cancellationToken);
        }
    }

    private byte[]? Take(ref byte[]? frame)
    {
        lock (_gate)
        {
            var taken = frame;
            frame = null;
            return taken;
        }
    }

    private async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken)
    {
        if (frames.IsEmpty)
        {
            return false;
        }

        // Whoever says no has ended the link.
        if (mayPass?.Invoke() is false) throw new OperationCanceledException(cancellationToken);
        await stream.WriteAsync(frames, cancellationToken);
        await stream.FlushAsync(cancellationToken);
        HostMetrics.SentToGuest(frames.Length);
        return true;
    }

    private ReadOnlyMemory<byte> TakeUrgent()
    {
        var length = 0;
        while (_batch.Length - length >= Outbox.MostUrgentBytes && TryNext(_urgent) is { } outbox)
        {
            length += outbox.TakeUrgent(_batch.AsSpan(length));
        }

        return _batch.AsMemory(0, length);
    }

    private ReadOnlyMemory<byte> TakeOrdinary()
    {
        while (TryNext(_ordinary) is { } outbox)
        {
            if (outbox.TakeOrdinary() is { } frame)
            {
                return frame;
            }
        }

        return default;
    }

    private void Schedule(Queue<Outbox> queue, Outbox outbox)
    {
        lock (_gate)
        {
            queue.Enqueue(outbox);
        }

        _work.Set();
    }

    private Outbox? TryNext(Queue<Outbox> queue)
    {
        lock (_gate)
        {
            return queue.TryDequeue(out var outbox) ? outbox : null;
        }
    }
}
