namespace Orleans.Concurrency;

/// <summary>On a grain class: all its calls may run between each other's turns.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;
