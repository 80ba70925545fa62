namespace Orleans;

/// <summary>Idleness never ends this class's activations.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public class KeepAliveAttribute : Attribute;
