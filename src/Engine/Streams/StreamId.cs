using System.Runtime.InteropServices;

namespace Orleans.Runtime;

/// <summary>The name of a stream: a namespace and a key.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct StreamId : IEquatable<StreamId>
{
    private readonly string? _namespace;
    private readonly string? _key;

    private StreamId(string @namespace, string key) => (_namespace, _key) = (@namespace, key);

    /// <summary>Whether two are the same.</summary>
    public static bool operator ==(StreamId left, StreamId right) => left.Equals(right);

    /// <summary>Whether two differ.</summary>
    public static bool operator !=(StreamId left, StreamId right) => !left.Equals(right);

    /// <summary>A name.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="key">The key; not empty.</param>
    public static StreamId Create(string ns, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return new StreamId(ns ?? "", key);
    }

    /// <summary>The namespace.</summary>
    public string? GetNamespace() => _namespace;

    /// <summary>The key.</summary>
    public string GetKeyAsString() => _key ?? "";

    /// <inheritdoc/>
    public bool Equals(StreamId other) =>
        string.Equals(_namespace, other._namespace, StringComparison.Ordinal) && string.Equals(_key, other._key, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StreamId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_namespace, _key);

    /// <inheritdoc/>
    public override string ToString() => $"{_namespace}/{_key}";
}
