using Sandbox.Grains.Processes;

namespace Sandbox.Silo.Output;

/// <summary>
/// Which offsets an output log holds, where they are and what falls out: the decisions of a log, without bytes and without I/O. What it
/// holds is one unbroken run: <c>[Start, MemoryStart)</c> on disk, in segments, and <c>[MemoryStart, Offset)</c> in memory. Not thread-safe.
/// </summary>
internal sealed class LogWindow
{
    private readonly List<LogSegment> _segments = [];
    private readonly FullLogPolicy _policy;
    private readonly int _memoryBytes;
    private readonly long _diskBytes;
    private readonly int _segmentBytes;
    private readonly int _endedMemoryBytes;

    /// <param name="options">The bounds.</param>
    /// <param name="policy">What happens when they are reached.</param>
    /// <param name="start">The first byte's offset.</param>
    /// <param name="hasDisk">Whether there is a disk to spill to.</param>
    public LogWindow(OutputLogOptions options, FullLogPolicy policy, long start, bool hasDisk)
    {
        _policy = policy;
        _memoryBytes = options.MemoryBytes;
        _segmentBytes = options.SegmentBytes;
        _endedMemoryBytes = options.EndedMemoryBytes;
        var disk = options.LogBytes - options.MemoryBytes;
        // With room for two, there is always a full segment to drop beside the one that grows.
        _diskBytes = hasDisk && disk >= 2L * options.SegmentBytes ? disk : 0;
        Start = MemoryStart = Offset = Acknowledged = start;
    }

    /// <summary>The first byte that can still be read.</summary>
    public long Start { get; private set; }

    /// <summary>The first byte in memory.</summary>
    public long MemoryStart { get; private set; }

    /// <summary>The end: the next byte's offset.</summary>
    public long Offset { get; private set; }

    /// <summary>Every byte before it has reached a reader.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Whether nothing more will come.</summary>
    public bool Ended { get; private set; }

    /// <summary>Bytes in memory.</summary>
    public int InMemory => (int)(Offset - MemoryStart);

    /// <summary>Bytes on disk.</summary>
    public long OnDisk => MemoryStart - Start;

    /// <summary>Bytes that memory can take now.</summary>
    public int Room => _memoryBytes - InMemory;

    /// <summary>The segments, oldest first.</summary>
    public IReadOnlyList<LogSegment> Segments => _segments;

    /// <summary>Whether bytes should move to the disk now, and the bounds let them.</summary>
    public bool CanSpill => Surplus > 0 && (OnDisk < _diskBytes || OldestMayGo);

    /// <summary>Memory is emptied to a quarter when it is half full: followers find the newest bytes there, and writes are large.</summary>
    private int Surplus =>
        _diskBytes == 0 ? 0
        : Ended ? (InMemory > _endedMemoryBytes ? InMemory : 0)
        : InMemory >= _memoryBytes / 2 ? InMemory - (_memoryBytes / 4) : 0;

    private bool OldestMayGo => _segments.Count > 1 && MayGo(_segments[0].End);

    /// <summary>Bytes came into memory: at most <see cref="Room"/>.</summary>
    public void Append(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Room);
        Offset += count;
    }

    /// <summary>Nothing more will come.</summary>
    public void End() => Ended = true;

    /// <summary>Every byte before an offset has reached a reader. One that is not ahead of what is known, or not written yet, counts as far as it can.</summary>
    public void Acknowledge(long offset) => Acknowledged = Math.Max(Acknowledged, Math.Min(offset, Offset));

    /// <summary>Where the byte of an offset is.</summary>
    public LogPlace Locate(long offset)
    {
        if (offset >= Offset) return new LogPlace(LogPlaceKind.End, 0);
        if (offset < Start) return new LogPlace(LogPlaceKind.Lost, Start - offset);
        if (offset >= MemoryStart) return new LogPlace(LogPlaceKind.Memory, Offset - offset);
        int low = 0, high = _segments.Count - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_segments[middle].End > offset) high = middle;
            else low = middle + 1;
        }

        return new LogPlace(LogPlaceKind.Disk, _segments[low].End - offset, _segments[low]);
    }

    /// <summary>
    /// Makes room in memory where there is no disk to spill to: the oldest bytes fall out, those on disk first of all, as far as the policy
    /// lets them. Not while bytes are on their way to the disk.
    /// </summary>
    /// <param name="wanted">Bytes that are to come.</param>
    /// <param name="dropped">Gets the segments that fell out.</param>
    public void DropFromMemory(int wanted, ICollection<LogSegment> dropped)
    {
        var missing = Math.Min(wanted, _memoryBytes) - Room;
        var start = MemoryStart + missing;
        if (_policy == FullLogPolicy.Block) start = Math.Min(start, Acknowledged);
        if (start <= MemoryStart) return;
        foreach (var segment in _segments) dropped.Add(segment);
        _segments.Clear();
        Start = MemoryStart = start;
    }

    /// <summary>
    /// The next bytes to move to the disk. The segments that must go to make room for them have fallen out with this call. The bytes stay in
    /// memory until <see cref="Spilled"/>.
    /// </summary>
    /// <param name="dropped">Gets the segments that fell out.</param>
    /// <returns>The bytes, or null when there are none to move or no room for them.</returns>
    public SpillPlan? PlanSpill(ICollection<LogSegment> dropped)
    {
        if (!CanSpill) return null;
        var grows = _segments.Count > 0 && _segments[^1].Length < _segmentBytes;
        var (segment, position) = grows ? (_segments[^1].Start, _segments[^1].Length) : (MemoryStart, 0);
        long count = Math.Min(Surplus, _segmentBytes - position);
        while (OnDisk + count > _diskBytes && DropOldest() is { } oldest) dropped.Add(oldest);
        count = Math.Min(count, _diskBytes - OnDisk);
        return new SpillPlan(segment, position, MemoryStart, (int)count);
    }

    /// <summary>The bytes of a plan are on disk.</summary>
    public void Spilled(SpillPlan plan)
    {
        if (plan.Position == 0) _segments.Add(new LogSegment(plan.Segment, plan.Count));
        else _segments[^1] = new LogSegment(plan.Segment, plan.Position + plan.Count);
        MemoryStart += plan.Count;
    }

    /// <summary>The oldest full segment falls out, where the policy lets it and there is one.</summary>
    public LogSegment? DropOldest()
    {
        if (!OldestMayGo) return null;
        var oldest = _segments[0];
        _segments.RemoveAt(0);
        Start = oldest.End;
        return oldest;
    }

    private bool MayGo(long end) => _policy == FullLogPolicy.DropOldest || end <= Acknowledged;
}
