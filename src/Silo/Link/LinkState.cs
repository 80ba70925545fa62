namespace Sandbox.Silo.Link;

/// <summary>Which frame is legal when, as far as it is not about one process. Pure, and used by the reader's loop alone but for what is asked.</summary>
internal sealed class LinkState
{
    private readonly Lock _gate = new();
    private ulong _pings;
    private bool _pinging;
    private bool _askingDisk;

    /// <summary>How far the link is.</summary>
    public LinkPhase Phase { get; private set; }

    /// <summary>Checks that a frame of this type may come now.</summary>
    /// <exception cref="LinkViolationException">It may not.</exception>
    public void Arrive(FrameType type)
    {
        lock (_gate) Phase = Next(type);
    }

    /// <summary>The host sends HOLD.</summary>
    /// <exception cref="InvalidOperationException">It did before.</exception>
    public void Hold() => Move(LinkPhase.Ready, LinkPhase.Holding);

    /// <summary>The host sends RESUME.</summary>
    /// <exception cref="InvalidOperationException">The agent is not held.</exception>
    public void Resume() => Move(LinkPhase.Held, LinkPhase.Resuming);

    /// <summary>The agent comes out of a checkpoint, held.</summary>
    public void Restore() => Move(LinkPhase.AwaitingHello, LinkPhase.Held);

    private void Move(LinkPhase from, LinkPhase to)
    {
        lock (_gate)
        {
            if (Phase != from) throw new InvalidOperationException($"The link is {Phase}, and would have to be {from}.");
            Phase = to;
        }
    }

    private LinkPhase Next(FrameType type) => (type, Phase) switch
    {
        (FrameType.Hello, LinkPhase.AwaitingHello) => LinkPhase.AwaitingReady,
        (_, LinkPhase.AwaitingHello) => throw new LinkViolationException(LinkRule.HelloExpected, "the first frame of a link is HELLO"),
        (FrameType.Hello, _) => throw new LinkViolationException(LinkRule.HelloTwice, "the agent has said HELLO before"),
        (FrameType.Failure, _) => Phase,
        (FrameType.Ready, LinkPhase.AwaitingReady) => LinkPhase.Ready,
        (FrameType.Ready, _) => throw new LinkViolationException(LinkRule.ReadyTwice, "the agent has said READY before"),
        (_, LinkPhase.AwaitingReady) => throw new LinkViolationException(LinkRule.BeforeReady, "the agent has not said READY"),
        (FrameType.Held, LinkPhase.Holding) => LinkPhase.Held,
        (FrameType.Held, _) => throw new LinkViolationException(LinkRule.UnaskedHeld, "no HOLD waits for an answer"),
        (FrameType.Resumed, LinkPhase.Resuming) => LinkPhase.Ready,
        (FrameType.Resumed, _) => throw new LinkViolationException(LinkRule.UnaskedResumed, "no RESUME waits for an answer"),
        (_, LinkPhase.Held or LinkPhase.Resuming) => throw new LinkViolationException(LinkRule.AfterHeld, "the agent is held, and says nothing"),
        _ => Phase,
    };

    /// <summary>The host wants to ping. There is one PING on its way at most.</summary>
    /// <param name="value">The value to send.</param>
    /// <returns>False when one is on its way, whose PONG answers this wish too.</returns>
    public bool TryPing(out ulong value)
    {
        lock (_gate)
        {
            value = _pings + 1;
            if (_pinging)
            {
                return false;
            }

            _pings = value;
            return _pinging = true;
        }
    }

    /// <summary>PONG.</summary>
    /// <exception cref="LinkViolationException">It answers no PING.</exception>
    public void Pong(ulong value)
    {
        lock (_gate)
        {
            if (!_pinging || value != _pings)
            {
                throw new LinkViolationException(LinkRule.UnaskedPong, $"no PING {value} waits for an answer");
            }

            _pinging = false;
        }
    }

    /// <summary>The host wants to know what the disk holds. There is one DISK on its way at most.</summary>
    /// <returns>False when one is on its way, whose DISK_USAGE answers this wish too.</returns>
    public bool TryAskDisk()
    {
        lock (_gate)
        {
            return !_askingDisk && (_askingDisk = true);
        }
    }

    /// <summary>DISK_USAGE.</summary>
    /// <exception cref="LinkViolationException">It answers no DISK.</exception>
    public void DiskUsage()
    {
        lock (_gate)
        {
            if (!_askingDisk)
            {
                throw new LinkViolationException(LinkRule.UnaskedDiskUsage, "no DISK waits for an answer");
            }

            _askingDisk = false;
        }
    }
}
