namespace Orleans.Concurrency;

/// <summary>On an interface's method: may run between the turns of any other call, and others between its turns.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;
