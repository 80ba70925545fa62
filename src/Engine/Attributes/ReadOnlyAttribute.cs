namespace Orleans.Concurrency;

/// <summary>On an interface's method: may run between the turns of other calls that are read-only too.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;
