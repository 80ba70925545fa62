using System.Collections.Immutable;

namespace Orleans.Serialization;

/// <summary>For arrays of one dimension.</summary>
internal sealed class ArrayCopier<T>(CopierTable copiers) : Copier
{
    private readonly bool _flat = copiers.IsImmutable(typeof(T));

    public override object Copy(object value, CopyContext context)
    {
        var original = (T[])value;
        if (original.Length == 0) return original;
        if (_flat)
        {
            var clone = original.Clone();
            context.Add(original, clone);
            return clone;
        }

        var copy = new T[original.Length];
        context.Add(original, copy);
        for (var i = 0; i < copy.Length; i++) copy[i] = context.CopyOf(original[i]);
        return copy;
    }
}

/// <summary>For lists.</summary>
internal sealed class ListCopier<T>(CopierTable copiers) : Copier
{
    private readonly bool _flat = copiers.IsImmutable(typeof(T));

    public override object Copy(object value, CopyContext context)
    {
        var original = (List<T>)value;
        var copy = new List<T>(original.Count);
        context.Add(original, copy);
        if (_flat) copy.AddRange(original);
        else foreach (var item in original) copy.Add(context.CopyOf(item));
        return copy;
    }
}

/// <summary>For dictionaries; they keep their comparer.</summary>
internal sealed class DictionaryCopier<TKey, TValue>(CopierTable copiers) : Copier
    where TKey : notnull
{
    private readonly bool _flat = copiers.IsImmutable(typeof(TKey)) && copiers.IsImmutable(typeof(TValue));

    public override object Copy(object value, CopyContext context)
    {
        var original = (Dictionary<TKey, TValue>)value;
        if (_flat)
        {
            var clone = new Dictionary<TKey, TValue>(original, original.Comparer);
            context.Add(original, clone);
            return clone;
        }

        var copy = new Dictionary<TKey, TValue>(original.Count, original.Comparer);
        context.Add(original, copy);
        foreach (var (key, item) in original) copy.Add(context.CopyOf(key), context.CopyOf(item));
        return copy;
    }
}

/// <summary>For sorted dictionaries; they keep their comparer.</summary>
internal sealed class SortedDictionaryCopier<TKey, TValue>(CopierTable copiers) : Copier
    where TKey : notnull
{
    private readonly CopierTable _copiers = copiers;

    public override object Copy(object value, CopyContext context)
    {
        _ = _copiers;
        var original = (SortedDictionary<TKey, TValue>)value;
        var copy = new SortedDictionary<TKey, TValue>(original.Comparer);
        context.Add(original, copy);
        foreach (var (key, item) in original) copy.Add(context.CopyOf(key), context.CopyOf(item));
        return copy;
    }
}

/// <summary>For sets; they keep their comparer.</summary>
internal sealed class HashSetCopier<T>(CopierTable copiers) : Copier
{
    private readonly bool _flat = copiers.IsImmutable(typeof(T));

    public override object Copy(object value, CopyContext context)
    {
        var original = (HashSet<T>)value;
        var copy = new HashSet<T>(original.Count, original.Comparer);
        context.Add(original, copy);
        foreach (var item in original) copy.Add(_flat ? item : context.CopyOf(item));
        return copy;
    }
}

/// <summary>For queues.</summary>
internal sealed class QueueCopier<T>(CopierTable copiers) : Copier
{
    private readonly bool _flat = copiers.IsImmutable(typeof(T));

    public override object Copy(object value, CopyContext context)
    {
        var original = (Queue<T>)value;
        var copy = new Queue<T>(original.Count);
        context.Add(original, copy);
        foreach (var item in original) copy.Enqueue(_flat ? item : context.CopyOf(item));
        return copy;
    }
}

/// <summary>For stacks.</summary>
internal sealed class StackCopier<T>(CopierTable copiers) : Copier
{
    private readonly bool _flat = copiers.IsImmutable(typeof(T));

    public override object Copy(object value, CopyContext context)
    {
        var original = (Stack<T>)value;
        var copy = new Stack<T>(original.Count);
        context.Add(original, copy);
        foreach (var item in original.Reverse()) copy.Push(_flat ? item : context.CopyOf(item));
        return copy;
    }
}

/// <summary>For immutable arrays: only what they hold may need copying.</summary>
internal sealed class ImmutableArrayCopier<T>(CopierTable copiers) : Copier
{
    public override bool IsImmutable { get; } = copiers.IsImmutable(typeof(T));

    public override object Copy(object value, CopyContext context)
    {
        var original = (ImmutableArray<T>)value;
        return original.IsDefaultOrEmpty ? value : ImmutableArray.CreateRange(original, context.CopyOf);
    }
}

/// <summary>For immutable lists: only what they hold may need copying.</summary>
internal sealed class ImmutableListCopier<T>(CopierTable copiers) : Copier
{
    public override bool IsImmutable { get; } = copiers.IsImmutable(typeof(T));

    public override object Copy(object value, CopyContext context) => ((ImmutableList<T>)value).ConvertAll(context.CopyOf);
}

/// <summary>For immutable dictionaries: only what they hold may need copying.</summary>
internal sealed class ImmutableDictionaryCopier<TKey, TValue>(CopierTable copiers) : Copier
    where TKey : notnull
{
    public override bool IsImmutable { get; } = copiers.IsImmutable(typeof(TKey)) && copiers.IsImmutable(typeof(TValue));

    public override object Copy(object value, CopyContext context)
    {
        var original = (ImmutableDictionary<TKey, TValue>)value;
        return original.ToImmutableDictionary(
            pair => context.CopyOf(pair.Key), pair => context.CopyOf(pair.Value), original.KeyComparer, original.ValueComparer);
    }
}

/// <summary>For memory: the part that it shows is copied.</summary>
internal sealed class MemoryCopier<T>(CopierTable copiers) : Copier
{
    private readonly ArrayCopier<T> _array = new(copiers);

    public override object Copy(object value, CopyContext context) =>
        new Memory<T>((T[])_array.Copy(((Memory<T>)value).ToArray(), context));
}

/// <summary>For memory that is read only, though its owner may write to it: the part that it shows is copied.</summary>
internal sealed class ReadOnlyMemoryCopier<T>(CopierTable copiers) : Copier
{
    private readonly ArrayCopier<T> _array = new(copiers);

    public override object Copy(object value, CopyContext context) =>
        new ReadOnlyMemory<T>((T[])_array.Copy(((ReadOnlyMemory<T>)value).ToArray(), context));
}
