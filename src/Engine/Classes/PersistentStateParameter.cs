using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>A parameter of a grain's constructor that stands for a state in storage.</summary>
internal sealed class PersistentStateParameter
{
    private readonly PersistentStateAttribute _attribute;
    private readonly string _stateName;
    private readonly Type _implementation;

    private PersistentStateParameter(ParameterInfo parameter, PersistentStateAttribute attribute)
    {
        ParameterType = parameter.ParameterType;
        if (!ParameterType.IsGenericType || ParameterType.GetGenericTypeDefinition() != typeof(IPersistentState<>))
        {
            throw new OrleansConfigurationException(
                $"Parameter {parameter.Name} of {parameter.Member.DeclaringType} has [PersistentState] but is no IPersistentState<T>.");
        }

        _attribute = attribute;
        _stateName = string.IsNullOrEmpty(attribute.StateName) ? parameter.Name! : attribute.StateName;
        _implementation = typeof(PersistentState<>).MakeGenericType(ParameterType.GetGenericArguments());
    }

    public Type ParameterType { get; }

    /// <summary>The parameters of the constructor that will be used: the marked one, else the longest public one.</summary>
    public static PersistentStateParameter[] Of(Type grainClass)
    {
        var constructors = grainClass.GetConstructors();
        var used = Array.Find(constructors, candidate => candidate.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute)))
            ?? constructors.MaxBy(candidate => candidate.GetParameters().Length)
            ?? throw new OrleansConfigurationException($"{grainClass} has no public constructor.");
        return [.. from parameter in used.GetParameters()
                   let attribute = parameter.GetCustomAttribute<PersistentStateAttribute>()
                   where attribute is not null
                   select new PersistentStateParameter(parameter, attribute)];
    }

    public ILoadedState Create(Activation activation)
    {
        var name = _attribute.StorageName;
        var storage = string.IsNullOrWhiteSpace(name)
            ? activation.ActivationServices.GetService<IGrainStorage>()
            : activation.ActivationServices.GetKeyedService<IGrainStorage>(name);
        if (storage is null)
        {
            throw new BadProviderConfigException(
                $"{activation.Class.Type} wants the storage \"{name ?? "(default)"}\", which is not registered. "
                + "Register it with AddMemoryGrainStorage or as a keyed singleton of IGrainStorage.");
        }

        return (ILoadedState)Activator.CreateInstance(_implementation, _stateName, activation, storage)!;
    }
}
