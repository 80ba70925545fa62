namespace Sandbox.Silo.Link;

// Operations that workers of the agent carry out. No image has them: with a link that ends they end, and a copy's agent ends those that came with it.
internal sealed partial class GuestLink
{
    private readonly Dictionary<uint, GuestWork> _works = [];
    private uint _lastWork;

    /// <summary>Starts an operation. While the link is held it waits.</summary>
    /// <returns>The operation, or null when <see cref="LinkLimits.Workers"/> are going on.</returns>
    /// <exception cref="LinkException">The link is over.</exception>
    public GuestWork? StartWork(WorkRequest request)
    {
        lock (_gate)
        {
            if (_end is not null) throw _end.ToException();
            if (_works.Count >= LinkLimits.Workers) return null;
            var work = new GuestWork(this, _writer, ++_lastWork, request);
            _works.Add(work.Number, work);
            // Under the gate, so that the guest sees the numbers grow.
            work.Open();
            return work;
        }
    }

    /// <summary>An operation is done, or was never asked for.</summary>
    internal void Remove(GuestWork work)
    {
        lock (_gate) _ = _works.Remove(work.Number);
    }

    private GuestWork? FindWork(in FrameHeader header)
    {
        lock (_gate)
        {
            if (_works.TryGetValue(header.Process, out var work) || _end is not null) return work;
            throw header.Process > _lastWork
                ? new LinkViolationException(LinkRule.UnknownWork, $"the host has asked for no work {header.Process}")
                : new LinkViolationException(LinkRule.AfterWorkDone, $"work {header.Process} is done");
        }
    }
}
