namespace Sandbox.Silo.Link;

// A link that belongs to a sandbox which other hosts may take over.
internal sealed partial class GuestLink
{
    private Func<bool>? _isHeld;

    /// <summary>From here on nothing passes, in neither direction, unless this host holds the sandbox; asked before each frame, so it must be cheap.</summary>
    /// <param name="isHeld">Once false, it stays false, and the link is over.</param>
    public void GuardBy(Func<bool> isHeld) => Volatile.Write(ref _isHeld, isHeld);

    /// <summary>
    /// Tells the agent for how long programs may run, instead of what it was told before: when that is over it stops them. Not said while the link stands
    /// still, nor kept for later: say it anew when it goes on, which lifts what was said before.
    /// </summary>
    /// <param name="left">How long; nothing is said of what is over.</param>
    public void Lease(TimeSpan left)
    {
        if (left <= TimeSpan.Zero) return;
        lock (_gate)
        {
            if (_end is not null || _state.Phase != LinkPhase.Ready) return;

            // 0 is for ever.
            _outbox.Lease(FrameWriter.Lease((uint)Math.Clamp(left.TotalMilliseconds, 1, uint.MaxValue)));
        }
    }

    private bool MayPass()
    {
        if (Volatile.Read(ref _isHeld)?.Invoke() is not false) return true;
        End(new LinkEnd(LinkEndKind.Closed, "This host does not hold the sandbox any more."));
        return false;
    }
}
