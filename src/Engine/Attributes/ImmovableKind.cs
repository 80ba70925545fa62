namespace Orleans.Placement;

/// <summary>What could move an activation.</summary>
[Flags]
public enum ImmovableKind : byte
{
    /// <summary>The repartitioner, which brings grains that talk together.</summary>
    Repartitioner = 1,

    /// <summary>The rebalancer, which evens out the hosts.</summary>
    Rebalancer = 2,

    /// <summary>Either.</summary>
    Any = Repartitioner | Rebalancer,
}
