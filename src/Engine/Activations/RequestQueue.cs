namespace Orleans.Runtime;

/// <summary>
/// The calls that wait for an activation and the rule which of them may start now. Calls start in the order in which they came, except that
/// those that interleave go past one that has to wait. Not thread-safe: the activation's lock guards it.
/// </summary>
internal sealed class RequestQueue
{
    private readonly Queue<(long Order, Request Request)> _exclusive = new();
    private readonly Queue<(long Order, Request Request)> _interleaving = new();
    private readonly HashSet<Request> _running = [];
    private long _order;
    private int _blocking;
    private bool _blockingReadOnly;

    /// <summary>How many wait or run.</summary>
    public int Count => Waiting + _running.Count;

    public int Waiting => _exclusive.Count + _interleaving.Count;

    public int Running => _running.Count;

    public void Add(Request request, bool interleaves) => (interleaves ? _interleaving : _exclusive).Enqueue((_order++, request));

    /// <summary>The next call that may start, which is then running; null when all have to wait.</summary>
    public Request? Start()
    {
        while (Next() is { } queue)
        {
            var request = queue.Dequeue().Request;

            // Its caller has given up (time, cancellation): nobody would get the answer.
            if (request.IsCompleted) continue;

            _running.Add(request);
            if (ReferenceEquals(queue, _exclusive))
            {
                _blocking++;
                _blockingReadOnly = request.ReadOnly;
            }
            else
            {
                request.Interleaved = true;
            }

            return request;
        }

        return null;
    }

    public void Finish(Request request)
    {
        if (_running.Remove(request) && !request.Interleaved) _blocking--;
    }

    /// <summary>Takes out all that wait.</summary>
    public List<Request> Drain()
    {
        List<Request> waiting = [.. _exclusive.Concat(_interleaving).OrderBy(entry => entry.Order).Select(entry => entry.Request)];
        _exclusive.Clear();
        _interleaving.Clear();
        return waiting;
    }

    /// <summary>All that run.</summary>
    public List<Request> Started() => [.. _running];

    private Queue<(long Order, Request Request)>? Next()
    {
        var exclusive = _exclusive.TryPeek(out var first) && (_blocking == 0 || (_blockingReadOnly && first.Request.ReadOnly));
        var interleaving = _interleaving.TryPeek(out var other);
        if (exclusive && (!interleaving || first.Order < other.Order)) return _exclusive;
        return interleaving ? _interleaving : null;
    }
}
