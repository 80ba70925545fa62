namespace Orleans.Concurrency;

/// <summary>On an interface's method: the caller does not wait, and never learns of a failure.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute;
