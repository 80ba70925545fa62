using System.Collections.Concurrent;

namespace Orleans.Runtime;

/// <summary>All activations of the host, by grain id. Calls come in here and make what they need.</summary>
internal sealed class ActivationTable(Engine engine)
{
    private readonly ConcurrentDictionary<GrainId, IRequestTarget> _targets = new();

    /// <summary>Hands a call to its grain's activation, which is made if there is none.</summary>
    /// <exception cref="SiloUnavailableException">The host has not started, or stops and the grain is not active.</exception>
    public void Dispatch(Request request)
    {
        while (true)
        {
            if (!_targets.TryGetValue(request.Target, out var target))
            {
                engine.ThrowIfNotRunning();
                target = _targets.GetOrAdd(request.Target, static (id, self) => self.Create(id), this);
            }

            if (target.TryEnqueue(request)) return;
        }
    }

    public void Remove(GrainId grainId, IRequestTarget target) => _targets.TryRemove(new KeyValuePair<GrainId, IRequestTarget>(grainId, target));

    /// <summary>Ends the activations that have been idle for long enough.</summary>
    public void Collect()
    {
        foreach (var (_, target) in _targets)
        {
            foreach (var activation in target.Activations) activation.TryCollect();
        }
    }

    /// <summary>Ends all activations. What is not done when the token fires is abandoned, its callers get an exception.</summary>
    public async Task EndAllAsync(CancellationToken cancellationToken)
    {
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The host stops.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timeout = new CancellationTokenSource(engine.Collection.DeactivationTimeout, engine.Time);
        using var both = timeout.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), limit);
        try
        {
            // More than once, since a call may have been making one while the host began to stop.
            while (!_targets.IsEmpty)
            {
                var all = All();
                foreach (var activation in all) activation.Deactivate(reason, cancellationToken);
                await Task.WhenAll(all.Select(activation => activation.Deactivated)).WaitAsync(limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            var left = All();
            engine.LogAbandoned(left.Count, left.Count > 0 ? left[0].GrainId : default);
            foreach (var activation in left)
            {
                activation.Abandon(new SiloUnavailableException($"The host has stopped while {activation.GrainId} was still running calls."));
            }
        }
    }

    private List<Activation> All() => [.. _targets.Values.SelectMany(target => target.Activations)];

    private IRequestTarget Create(GrainId id)
    {
        var grainClass = engine.Classes.ByType(id.Type);
        return grainClass.MaxWorkers > 0
            ? new WorkerPool(this, engine, grainClass, id)
            : new SingleActivation(this, engine, grainClass, id);
    }
}
