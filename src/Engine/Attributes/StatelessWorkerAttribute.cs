using Orleans.Placement;

namespace Orleans.Concurrency;

/// <summary>On a grain class: several activations of one grain may live side by side, each serving one call at a time.</summary>
/// <param name="maxLocalWorkers">How many at most; below 1 means one for each processor.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StatelessWorkerAttribute(int maxLocalWorkers) : PlacementAttribute
{
    /// <summary>One for each processor at most.</summary>
    public StatelessWorkerAttribute()
        : this(-1)
    {
    }

    internal int MaxLocalWorkers { get; } = maxLocalWorkers;
}
