namespace Orleans.Runtime;

/// <summary>What names a grain: its type and, within that, its key. Written <c>type/key</c>.</summary>
[GenerateSerializer, Immutable]
public readonly struct GrainId : IEquatable<GrainId>
{
    /// <summary>An id.</summary>
    /// <param name="type">The type of grain.</param>
    /// <param name="key">The key.</param>
    public GrainId(GrainType type, IdSpan key) => (Type, Key) = (type, key);

    /// <summary>The type of grain.</summary>
    [Id(0)] public GrainType Type { get; }

    /// <summary>The key.</summary>
    [Id(1)] public IdSpan Key { get; }

    /// <summary>True for <c>default</c>, which names nothing.</summary>
    public bool IsDefault => Type.IsDefault && Key.IsDefault;

    /// <summary>An id of these two.</summary>
    /// <param name="type">The type of grain; not empty.</param>
    /// <param name="key">The key; not empty.</param>
    public static GrainId Create(string type, string key) => Create(GrainType.Create(type), key);

    /// <summary>An id of these two.</summary>
    /// <param name="type">The type of grain.</param>
    /// <param name="key">The key; not empty.</param>
    public static GrainId Create(GrainType type, string key)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return new GrainId(type, IdSpan.Create(key));
    }

    /// <summary>An id of these two.</summary>
    /// <param name="type">The type of grain.</param>
    /// <param name="key">The key.</param>
    public static GrainId Create(GrainType type, IdSpan key) => new(type, key);

    /// <summary>Reads <c>type/key</c>; the key may hold further slashes.</summary>
    /// <param name="value">The text.</param>
    /// <exception cref="ArgumentException">There is no slash.</exception>
    public static GrainId Parse(string value) => TryParse(value, out var id)
        ? id
        : throw new ArgumentException($"\"{value}\" is not a grain id: it has no slash between type and key.", nameof(value));

    /// <summary>Reads <c>type/key</c>; the key may hold further slashes.</summary>
    /// <param name="value">The text.</param>
    /// <param name="result">The id.</param>
    /// <returns>False when there is no slash.</returns>
    public static bool TryParse(string? value, out GrainId result)
    {
        var slash = value?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        result = slash < 0 ? default : new GrainId(new GrainType(IdSpan.Create(value![..slash])), IdSpan.Create(value[(slash + 1)..]));
        return slash >= 0;
    }

    /// <inheritdoc/>
    public bool Equals(GrainId other) => Key.Equals(other.Key) && Type.Equals(other.Type);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Key);

    /// <inheritdoc/>
    public override string ToString() => $"{Type}/{Key}";

    /// <summary>Whether both name the same grain.</summary>
    public static bool operator ==(GrainId left, GrainId right) => left.Equals(right);

    /// <summary>Whether they name different grains.</summary>
    public static bool operator !=(GrainId left, GrainId right) => !left.Equals(right);
}
