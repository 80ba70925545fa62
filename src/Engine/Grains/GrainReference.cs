using System.Reflection;

namespace Orleans.Runtime;

/// <summary>
/// A reference to a grain: what <see cref="IGrainFactory"/> returns, cast to the grain's interface. Two references are equal when they
/// name the same grain, by whichever interface.
/// </summary>
public abstract class GrainReference : DispatchProxy, IAddressable, IEquatable<GrainReference>
{
    private protected GrainReference()
    {
    }

    /// <summary>The grain's type and key.</summary>
    public GrainId GrainId { get; private set; }

    internal Engine Engine { get; private set; } = null!;

    internal GrainInterface Interface { get; private set; } = null!;

    /// <inheritdoc/>
    public bool Equals(GrainReference? other) => other is not null && GrainId == other.GrainId;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    /// <inheritdoc/>
    public override int GetHashCode() => GrainId.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => $"{Interface.Type.Name} {GrainId}";

    internal void Bind(Engine engine, GrainInterface @interface, GrainId grainId) =>
        (Engine, Interface, GrainId) = (engine, @interface, grainId);

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        Interface.Method(targetMethod!).Call(this, args ?? []);
}
