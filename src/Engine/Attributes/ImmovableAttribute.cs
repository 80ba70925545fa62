namespace Orleans.Placement;

/// <summary>Never move an activation. Here nothing moves.</summary>
/// <param name="kind">By whom.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class ImmovableAttribute(ImmovableKind kind = ImmovableKind.Any) : Attribute
{
    /// <summary>By whom.</summary>
    public ImmovableKind Kind { get; } = kind;
}
