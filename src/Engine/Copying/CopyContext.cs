namespace Orleans.Serialization;

/// <summary>One copying: what was copied already, so that shared objects stay shared and circles end.</summary>
internal sealed class CopyContext(CopierTable copiers)
{
    private object? _firstOriginal;
    private object? _firstCopy;
    private Dictionary<object, object>? _more;

    /// <summary>A copy of any value.</summary>
    /// <exception cref="CodecNotFoundException">It holds a value of a type that may not cross a grain boundary.</exception>
    public object? Copy(object? value)
    {
        if (value is null) return null;
        var copier = copiers.For(value.GetType());
        if (copier.IsImmutable) return value;
        return Known(value) ?? copier.Copy(value, this);
    }

    /// <summary>A copy of a value of a known type; what compiled copiers call for a member.</summary>
    public T CopyOf<T>(T value) => (T)Copy(value)!;

    /// <summary>Tells of a copy before its members are copied.</summary>
    public void Add(object original, object copy)
    {
        if (_firstOriginal is null) (_firstOriginal, _firstCopy) = (original, copy);
        else (_more ??= new Dictionary<object, object>(ReferenceEqualityComparer.Instance))[original] = copy;
    }

    private object? Known(object value) =>
        ReferenceEquals(value, _firstOriginal) ? _firstCopy : _more?.GetValueOrDefault(value);
}
