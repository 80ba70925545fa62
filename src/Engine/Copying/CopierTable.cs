using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Runtime.CompilerServices;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>
/// How values cross a grain boundary: as they are when they cannot change, else as copies. What has no rule here is an error, as it is
/// where the two sides are in different processes.
/// </summary>
internal sealed class CopierTable
{
    private static readonly HashSet<Type> ImmutableTypes =
    [
        typeof(string), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan),
        typeof(Guid), typeof(Uri), typeof(Version), typeof(Int128), typeof(UInt128), typeof(Half), typeof(BigInteger), typeof(Complex),
        typeof(IPAddress), typeof(IPEndPoint), typeof(CultureInfo), typeof(CancellationToken), typeof(object),
    ];

    private static readonly Dictionary<Type, Type> GenericCopiers = new()
    {
        [typeof(List<>)] = typeof(ListCopier<>),
        [typeof(Dictionary<,>)] = typeof(DictionaryCopier<,>),
        [typeof(SortedDictionary<,>)] = typeof(SortedDictionaryCopier<,>),
        [typeof(HashSet<>)] = typeof(HashSetCopier<>),
        [typeof(Queue<>)] = typeof(QueueCopier<>),
        [typeof(Stack<>)] = typeof(StackCopier<>),
        [typeof(ImmutableArray<>)] = typeof(ImmutableArrayCopier<>),
        [typeof(ImmutableList<>)] = typeof(ImmutableListCopier<>),
        [typeof(ImmutableDictionary<,>)] = typeof(ImmutableDictionaryCopier<,>),
        [typeof(Memory<>)] = typeof(MemoryCopier<>),
        [typeof(ReadOnlyMemory<>)] = typeof(ReadOnlyMemoryCopier<>),
    };

    private readonly ConcurrentDictionary<Type, Copier> _copiers = new();

    /// <summary>The copier for values of exactly this type.</summary>
    /// <exception cref="CodecNotFoundException">Values of it may not cross a grain boundary.</exception>
    public Copier For(Type type) => _copiers.TryGetValue(type, out var known) ? known : _copiers.GetOrAdd(type, Create);

    /// <summary>Whether no value of a member of this type ever needs copying; that includes what derives from it.</summary>
    public bool IsImmutable(Type type)
    {
        if (type == typeof(object)) return false;
        if (Nullable.GetUnderlyingType(type) is { } underlying) return IsImmutable(underlying);
        return (type.IsValueType || type.IsSealed || type == typeof(Uri) || type == typeof(CultureInfo)) && IsImmutableItself(type);
    }

    private static bool IsImmutableItself(Type type) =>
        type.IsPrimitive || type.IsEnum || ImmutableTypes.Contains(type) || typeof(Type).IsAssignableFrom(type)
        || typeof(Exception).IsAssignableFrom(type) || typeof(GrainReference).IsAssignableFrom(type)
        || typeof(IPAddress).IsAssignableFrom(type)
        || (IsMarked(type) && type.IsDefined(typeof(ImmutableAttribute), inherit: false));

    private static bool IsMarked(Type type) => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false);

    private Copier Create(Type type)
    {
        if (IsImmutableItself(type)) return new ImmutableCopier();
        if (type.IsArray && type.GetArrayRank() == 1) return Make(typeof(ArrayCopier<>), type.GetElementType()!);
        if (type.IsGenericType && GenericCopiers.TryGetValue(type.GetGenericTypeDefinition(), out var definition))
        {
            return Make(definition, type.GetGenericArguments());
        }

        if (IsMarked(type)) return new ObjectCopier(type, CarriedMembers.Of(type), this);
        if (IsTuple(type)) return new ObjectCopier(type, CarriedMembers.All(type), this);
        if (typeof(IGrainBase).IsAssignableFrom(type))
        {
            throw new CodecNotFoundException($"{type} is a grain. Pass this.AsReference<TInterface>() instead of the grain itself.");
        }

        throw new CodecNotFoundException(
            $"A value of the type {type} cannot cross a grain boundary. If the type is yours, mark it [GenerateSerializer] and each member "
            + "that is to be carried [Id(n)]; if not, pass something else, such as an array, List or Dictionary, or a type of your own.");
    }

    private Copier Make(Type definition, params Type[] arguments) =>
        (Copier)Activator.CreateInstance(definition.MakeGenericType(arguments), this)!;

    private static bool IsTuple(Type type) =>
        typeof(ITuple).IsAssignableFrom(type)
        || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));
}
