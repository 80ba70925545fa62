namespace Orleans.Runtime;

/// <summary>The name of a grain class: by <see cref="GrainTypeAttribute"/>, else the class's name in lower case without "grain".</summary>
[GenerateSerializer, Immutable]
public readonly struct GrainType : IEquatable<GrainType>
{
    /// <summary>A type of this name.</summary>
    /// <param name="id">The name.</param>
    public GrainType(IdSpan id) => Value = id;

    /// <summary>The name.</summary>
    [Id(0)] public IdSpan Value { get; }

    /// <summary>True for <c>default</c>, which names nothing.</summary>
    public bool IsDefault => Value.IsDefault;

    /// <summary>A type of this name.</summary>
    /// <param name="value">The name; not empty.</param>
    public static GrainType Create(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        return new GrainType(IdSpan.Create(value));
    }

    /// <inheritdoc/>
    public bool Equals(GrainType other) => Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();

    /// <summary>Whether both are the same type.</summary>
    public static bool operator ==(GrainType left, GrainType right) => left.Equals(right);

    /// <summary>Whether they are different types.</summary>
    public static bool operator !=(GrainType left, GrainType right) => !left.Equals(right);
}
