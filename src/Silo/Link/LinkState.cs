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
        switch (type, Phase)
        {
            case (FrameType.Hello, LinkPhase.AwaitingHello):
                Phase = LinkPhase.AwaitingReady;
                break;
            case (_, LinkPhase.AwaitingHello):
                throw new LinkViolationException(LinkRule.HelloExpected, "the first frame of a link is HELLO");
            case (FrameType.Hello, _):
                throw new LinkViolationException(LinkRule.HelloTwice, "the agent has said HELLO before");
            case (FrameType.Failure, _):
                break;
            case (FrameType.Ready, LinkPhase.AwaitingReady):
                Phase = LinkPhase.Ready;
                break;
            case (FrameType.Ready, _):
                throw new LinkViolationException(LinkRule.ReadyTwice, "the agent has said READY before");
            case (_, LinkPhase.AwaitingReady):
                throw new LinkViolationException(LinkRule.BeforeReady, "the agent has not said READY");
        }
    }

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
