namespace Sandbox.Silo.Cluster.Rooms;

/// <summary>
/// What every host of the cluster has free, as far as this one knows: its own by measuring, the others' by what each reports at least once a second. What was
/// placed on a host since its last report is taken off, so that many sandboxes at once do not all go where the most was free. Thread-safe; one entry a host,
/// and what was not heard of for long is dropped.
/// </summary>
/// <param name="self">This host.</param>
/// <param name="measure">Measures this host.</param>
/// <param name="usual">What a sandbox of the usual size may take, in bytes.</param>
/// <param name="time">The clock.</param>
internal sealed class RoomBoard(string self, Func<HostRoom> measure, long usual, TimeProvider time)
{
    /// <summary>How long a report is believed.</summary>
    internal static readonly TimeSpan Believed = TimeSpan.FromSeconds(5);

    // Of a sandbox that was placed a moment ago nothing is measured yet; it has shown by now what it takes.
    private static readonly TimeSpan _placedFor = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private TaskCompletionSource _turnedAway = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>This host, as members name it.</summary>
    public string Self => self;

    /// <summary>What this host has now.</summary>
    public HostRoom Own => measure();

    /// <summary>Takes note of another host's report.</summary>
    public void Note(string host, HostRoom room)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            foreach (var old in _entries.Where(entry => time.GetElapsedTime(entry.Value.Reported, now) > Believed).Select(entry => entry.Key).ToList()) _entries.Remove(old);
            var placed = _entries.TryGetValue(host, out var before) ? before.Placed : [];
            _entries[host] = new Entry(room, now, placed);
        }
    }

    /// <summary>The best of some hosts for a sandbox of the usual size, which is counted as placed there.</summary>
    public string Place(IReadOnlyList<string> hosts)
    {
        var own = measure();
        lock (_gate)
        {
            var best = RoomChoice.Best([.. hosts.Select(host => (host, Room(host, own)))], usual, preferred: self);
            if (best == self) _entries.TryAdd(self, new Entry(own, time.GetTimestamp(), []));
            if (_entries.TryGetValue(best, out var entry)) entry.Placed.Enqueue(time.GetTimestamp());
            return best;
        }
    }

    /// <summary>Whether a sandbox of the usual size fits here.</summary>
    public bool FitsHere() => measure().Fits(usual);

    /// <summary>Whether a sandbox that does not live here is better off elsewhere.</summary>
    /// <param name="bytes">What it may take.</param>
    public bool IsElsewhere(long bytes)
    {
        var own = measure();
        lock (_gate)
        {
            var elsewhere = RoomChoice.IsElsewhere(own, Others(own), bytes);
            if (elsewhere) _turnedAway.TrySetResult();
            return elsewhere;
        }
    }

    /// <summary>The best of the other hosts for a sandbox that does not fit here, which is counted as placed there; null where it fits on none.</summary>
    /// <param name="bytes">What it may take.</param>
    public string? PlaceElsewhere(long bytes)
    {
        var own = measure();
        lock (_gate)
        {
            var fitting = _entries.Keys.Where(host => host != self).Select(host => (host, Room(host, own))).Where(other => other.Item2?.Fits(bytes) is true).ToList();
            if (fitting.Count == 0) return null;
            var best = RoomChoice.Best(fitting, bytes, preferred: null);
            _entries[best].Placed.Enqueue(time.GetTimestamp());
            return best;
        }
    }

    /// <summary>Completes when a sandbox is turned away here, since the last time: others believe that there is room, and would send it back.</summary>
    public Task TurnsAwayAsync()
    {
        lock (_gate)
        {
            if (_turnedAway.Task.IsCompleted) _turnedAway = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _turnedAway.Task;
        }
    }

    /// <summary>Whether a host drains, as far as is known.</summary>
    public bool Drains(string host)
    {
        var own = measure();
        lock (_gate) return Room(host, own) is { Drains: true };
    }

    /// <summary>Whether any host takes sandboxes.</summary>
    public bool AnyTakes()
    {
        var own = measure();
        lock (_gate) return own.Takes || Others(own).Any(room => room.Takes);
    }

    private List<HostRoom> Others(HostRoom own) => [.. _entries.Keys.Where(host => host != self).Select(host => Room(host, own)).OfType<HostRoom>()];

    private HostRoom? Room(string host, HostRoom own)
    {
        _entries.TryGetValue(host, out var entry);
        var room = host == self ? own : entry is not null && time.GetElapsedTime(entry.Reported) <= Believed ? entry.Room : null;
        if (room is null || entry is null) return room;
        while (entry.Placed.TryPeek(out var oldest) && time.GetElapsedTime(oldest) > _placedFor) entry.Placed.Dequeue();
        return room.With(entry.Placed.Count, usual);
    }

    private sealed record Entry(HostRoom Room, long Reported, Queue<long> Placed);
}
