namespace Sandbox.Grains.Events;

/// <summary>
/// A sandbox's events: the newest 1,000, numbered without gaps while one activation writes them. The log is stored now and then, not at each
/// event, so each stored state reserves numbers ahead: after a crash they go on behind those, readers see a gap in the numbers, and no number
/// ever means two events. Not thread-safe.
/// </summary>
internal sealed class EventLog
{
    /// <summary>How many are kept.</summary>
    public const int Capacity = 1_000;

    /// <summary>How many numbers each stored state reserves.</summary>
    public const int Reserve = 1_000;

    private readonly Queue<SandboxEvent> _kept;
    private readonly long _first;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Goes on from a stored state.</summary>
    public EventLog(EventLogState state)
    {
        _kept = new Queue<SandboxEvent>(state.Kept);
        _first = state.First;
        Last = Math.Max(state.Reserved, Math.Max(state.First - 1, state.Kept is [.., var newest] ? newest.Sequence : 0));
    }

    /// <summary>The last number given.</summary>
    public long Last { get; private set; }

    /// <summary>Whether the newest event is one that nothing follows.</summary>
    public bool IsSealed { get; private set; }

    /// <summary>Completes when there is more than now.</summary>
    public Task Changed => _changed.Task;

    /// <summary>An empty log for another sandbox of the same id. The numbers go on, so that no reader takes its events for the old ones.</summary>
    public EventLog Restart() => new(new EventLogState { First = Last + 1, Reserved = Last });

    /// <summary>Gives an event the next number and keeps it; the oldest may fall out.</summary>
    public SandboxEvent Append(SandboxEvent happened)
    {
        happened = happened with { Sequence = ++Last };
        if (_kept.Count == Capacity) _kept.Dequeue();
        _kept.Enqueue(happened);
        Wake();
        return happened;
    }

    /// <summary>Says that nothing follows any more, or not in this activation.</summary>
    public void Seal()
    {
        IsSealed = true;
        Wake();
    }

    /// <summary>What a reader gets that has all up to a number; numbers that cannot be had are told by <see cref="SandboxEventType.Gap"/>.</summary>
    /// <param name="since">The number; 0 for the sandbox's beginning.</param>
    public List<SandboxEvent> After(long since)
    {
        var found = new List<SandboxEvent>();
        var next = since <= 0 ? _first : since + 1;
        foreach (var kept in _kept)
        {
            if (kept.Sequence < next) continue;
            if (kept.Sequence > next)
            {
                found.Add(new SandboxEvent { Sequence = kept.Sequence - 1, From = next, Time = kept.Time, Type = SandboxEventType.Gap });
            }

            found.Add(kept);
            next = kept.Sequence + 1;
        }

        return found;
    }

    /// <summary>What to store.</summary>
    /// <param name="reserve">How many numbers may be given before it is stored again; 0 when none will.</param>
    /// <param name="running">The programs that run.</param>
    public EventLogState Store(int reserve, string[] running) =>
        new() { First = _first, Reserved = Last + reserve, Kept = [.. _kept], Running = running };

    private void Wake()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
