using System.Runtime.CompilerServices;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Tests.Live;

/// <summary>An output log in memory: any number of readers from any offset, the oldest bytes fall out beyond the bound.</summary>
internal sealed class LiveLog(int bound, long timeline)
{
    public const int Chunk = 49_152;

    private readonly Lock _gate = new();
    private readonly List<byte> _bytes = [];
    private TaskCompletionSource _changed = New();
    private long _start;
    private bool _ended;
    private bool _removed;
    private int _readers;

    public long Acknowledged { get; private set; }

    /// <summary>How many bytes readers were given.</summary>
    public long Given { get; private set; }

    /// <summary>How many more times a reading is ended too early, as a grain does that goes.</summary>
    public int Aborts { get; set; }

    /// <summary>How many read now.</summary>
    public int Readers => Volatile.Read(ref _readers);

    public (long Start, long Offset, bool Ended) State
    {
        get
        {
            lock (_gate) return (_start, _start + _bytes.Count, _ended);
        }
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            _bytes.AddRange(data);
            if (_bytes.Count > bound)
            {
                _start += _bytes.Count - bound;
                _bytes.RemoveRange(0, _bytes.Count - bound);
            }

            Wake();
        }
    }

    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            Wake();
        }
    }

    /// <summary>It goes: who reads it is told so.</summary>
    public void Remove()
    {
        lock (_gate)
        {
            _removed = true;
            Wake();
        }
    }

    /// <summary>The offset behind its last byte.</summary>
    public long Length
    {
        get
        {
            lock (_gate) return _start + _bytes.Count;
        }
    }

    /// <summary>The history that it is of.</summary>
    public long Timeline => timeline;

    /// <summary>Where that has parted from those before.</summary>
    public long Begin { get; private set; }

    /// <summary>One with the same bytes, in another history perhaps. What was acknowledged stays.</summary>
    public LiveLog Copy(long inTimeline)
    {
        var copy = new LiveLog(bound, inTimeline);
        lock (_gate)
        {
            copy._bytes.AddRange(_bytes);
            (copy._start, copy._ended, copy.Acknowledged) = (_start, _ended, Acknowledged);
            copy.Begin = inTimeline == timeline ? Begin : _start + _bytes.Count;
        }

        return copy;
    }

    public void Acknowledge(long offset)
    {
        lock (_gate) Acknowledged = Math.Max(Acknowledged, offset);
    }

    public async IAsyncEnumerable<OutputItem> ReadAsync(OutputCursor from, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _readers);
        try
        {
            await foreach (var item in ReadItemsAsync(from, follow, cancellationToken)) yield return item;
        }
        finally
        {
            Interlocked.Decrement(ref _readers);
        }
    }

    private async IAsyncEnumerable<OutputItem> ReadItemsAsync(OutputCursor from, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var offset = from.Offset;
        while (true)
        {
            OutputItem? item = null;
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
                var end = _start + _bytes.Count;
                if (_removed)
                {
                    item = Failure(SandboxErrorCode.Gone, "The process and its output were removed.");
                }
                else if ((from.Timeline ?? timeline) != timeline || offset > end)
                {
                    item = Failure(SandboxErrorCode.Conflict, $"{from} is not of timeline {timeline}, which has {end} bytes.");
                }
                else if (offset < _start)
                {
                    item = new OutputGap { Timeline = timeline, From = offset, To = _start };
                    offset = _start;
                }
                else if (offset < end)
                {
                    var count = (int)Math.Min(Chunk, end - offset);
                    item = new OutputData { Timeline = timeline, Offset = offset, Data = [.. _bytes.GetRange((int)(offset - _start), count)] };
                    offset += count;
                    Given += count;
                }
                else if (_ended || !follow)
                {
                    item = new OutputEnd { Timeline = timeline, Offset = offset, Ended = _ended };
                }
            }

            if (item is not null)
            {
                yield return item;
                if (item is OutputEnd or OutputFailure) yield break;
                if (Aborts > 0)
                {
                    Aborts--;
                    throw new EnumerationAbortedException("The grain is going.");
                }
            }
            else
            {
                await changed.WaitAsync(cancellationToken);
            }
        }
    }

    private OutputFailure Failure(SandboxErrorCode code, string message) =>
        new() { Timeline = timeline, Error = new SandboxError { Code = code, Message = message } };

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Wake()
    {
        var changed = _changed;
        _changed = New();
        changed.SetResult();
    }
}
