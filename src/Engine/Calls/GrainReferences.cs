using System.Collections.Concurrent;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>Makes the references of one host.</summary>
internal sealed class GrainReferences(Engine engine) : IClusterClient
{
    private readonly ConcurrentDictionary<Type, GrainInterface> _interfaces = new();

    public IServiceProvider ServiceProvider => engine.Services;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey =>
        (TGrainInterface)Get(typeof(TGrainInterface), primaryKey, grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable
    {
        var grainClass = engine.Classes.ByType(grainId.Type);
        if (!typeof(TGrainInterface).IsAssignableFrom(grainClass.Type))
        {
            throw new ArgumentException($"{grainClass.Type} does not implement {typeof(TGrainInterface)}.", nameof(grainId));
        }

        return (TGrainInterface)(object)Create(typeof(TGrainInterface), grainId);
    }

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => (IGrain)Get(grainInterfaceType, grainPrimaryKey, null);

    public GrainReference Create(Type interfaceType, GrainId grainId)
    {
        var @interface = _interfaces.GetOrAdd(interfaceType, static (type, engine) => new GrainInterface(type, engine), engine);
        var reference = (GrainReference)DispatchProxy.Create(interfaceType, typeof(GrainProxy));
        reference.Bind(engine, @interface, grainId);
        return reference;
    }

    private object Get(Type interfaceType, string key, string? classPrefix) =>
        Create(interfaceType, GrainId.Create(engine.Classes.ByInterface(interfaceType, classPrefix).GrainType, key));
}
