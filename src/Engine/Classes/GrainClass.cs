using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>A grain class: what the attributes on it say, and how to make one.</summary>
internal sealed class GrainClass
{
    private const string Suffix = "grain";

    private readonly ObjectFactory _create;
    private readonly PersistentStateParameter[] _states;

    public GrainClass(Type type, GrainCollectionOptions options)
    {
        Type = type;
        GrainType = GrainType.Create(type.GetCustomAttribute<GrainTypeAttribute>()?.GrainType ?? NameOf(type));
        Interfaces = [.. type.GetInterfaces().Where(candidate => typeof(IGrain).IsAssignableFrom(candidate) && !IsMarker(candidate))];
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute), inherit: true);
        CollectionAge = AgeOf(type, options);
        if (type.GetCustomAttribute<StatelessWorkerAttribute>() is { } worker)
        {
            MaxWorkers = worker.MaxLocalWorkers > 0 ? worker.MaxLocalWorkers : Environment.ProcessorCount;
        }

        _states = PersistentStateParameter.Of(type);
        _create = ActivatorUtilities.CreateFactory(type, [.. _states.Select(state => state.ParameterType)]);
    }

    public Type Type { get; }

    public GrainType GrainType { get; }

    /// <summary>Its grain interfaces, the most derived ones first.</summary>
    public IReadOnlyList<Type> Interfaces { get; }

    public bool IsReentrant { get; }

    /// <summary>After how much idleness its activations end; infinite for never.</summary>
    public TimeSpan CollectionAge { get; }

    /// <summary>How many activations one grain may have at once; 0 for the usual single one.</summary>
    public int MaxWorkers { get; }

    /// <summary>A grain object for an activation.</summary>
    /// <exception cref="InvalidOperationException">It could not be created; the inner exception says why.</exception>
    public object Create(Activation activation, out IReadOnlyList<ILoadedState> states)
    {
        try
        {
            var created = Array.ConvertAll(_states, state => state.Create(activation));
            states = created;
            return _create(activation.ActivationServices, created);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"A grain of {Type} could not be created: {exception.Message}", exception);
        }
    }

    private static bool IsMarker(Type type) => type == typeof(IGrain) || type == typeof(IGrainWithStringKey);

    private static string NameOf(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
    }

    private static TimeSpan AgeOf(Type type, GrainCollectionOptions options)
    {
        if (options.ClassSpecificCollectionAge.TryGetValue(type.FullName!, out var configured)) return configured;
        var limit = type.GetCustomAttribute<CollectionAgeLimitAttribute>();
        if (limit is { AlwaysActive: true } || type.IsDefined(typeof(KeepAliveAttribute))) return Timeout.InfiniteTimeSpan;
        return limit?.AgeLimit ?? options.CollectionAge;
    }
}
