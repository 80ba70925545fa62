namespace Orleans.Placement;

/// <summary>Activate on any host. Here there is one.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class RandomPlacementAttribute : PlacementAttribute;
