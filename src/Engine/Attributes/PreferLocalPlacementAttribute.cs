namespace Orleans.Placement;

/// <summary>Activate on the caller's host. Here that is always so.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class PreferLocalPlacementAttribute : PlacementAttribute;
