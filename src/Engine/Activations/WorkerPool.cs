namespace Orleans.Runtime;

/// <summary>
/// The activations of one stateless worker: a call goes to an idle one, else to a new one, else to the one with the fewest calls.
/// </summary>
internal sealed class WorkerPool(ActivationTable table, Engine engine, GrainClass grainClass, GrainId grainId)
    : IRequestTarget, IActivationOwner
{
    private readonly Lock _gate = new();
    private readonly List<Activation> _workers = [];
    private bool _retired;

    public IEnumerable<Activation> Activations
    {
        get
        {
            lock (_gate) return [.. _workers];
        }
    }

    public bool TryEnqueue(Request request)
    {
        while (Choose() is { } worker)
        {
            if (worker.TryEnqueue(request)) return true;
        }

        return false;
    }

    public void Remove(Activation activation)
    {
        lock (_gate)
        {
            _workers.Remove(activation);
            if (_workers.Count > 0) return;
            _retired = true;
        }

        table.Remove(grainId, this);
    }

    private Activation? Choose()
    {
        lock (_gate)
        {
            if (_retired) return null;
            var best = _workers.Where(worker => worker.State is not (ActivationState.Deactivating or ActivationState.Ended))
                .MinBy(worker => worker.Load);
            if (best is not null && (best.Load == 0 || _workers.Count >= grainClass.MaxWorkers)) return best;
            if (_workers.Count >= grainClass.MaxWorkers) return _workers[0];
            var added = new Activation(engine, grainClass, grainId, this);
            _workers.Add(added);
            return added;
        }
    }
}
