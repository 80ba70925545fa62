using Orleans.Runtime;

namespace Orleans;

/// <summary>Makes references to grains. A reference costs little, activates nothing, and stays good when the activation ends.</summary>
public interface IGrainFactory
{
    /// <summary>A reference to the grain with this key.</summary>
    /// <param name="primaryKey">The key; not empty.</param>
    /// <param name="grainClassNamePrefix">The beginning of the grain class's full name, where several implement the interface.</param>
    /// <typeparam name="TGrainInterface">The grain's interface.</typeparam>
    /// <exception cref="ArgumentException">No grain class implements the interface, several do, or the key is empty.</exception>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;

    /// <summary>A reference to the grain with this id.</summary>
    /// <param name="grainId">Its type and key.</param>
    /// <typeparam name="TGrainInterface">An interface of that type of grain.</typeparam>
    /// <exception cref="ArgumentException">There is no such type of grain, or it does not implement the interface.</exception>
    TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable;

    /// <summary>A reference to the grain with this key.</summary>
    /// <param name="grainInterfaceType">The grain's interface.</param>
    /// <param name="grainPrimaryKey">The key; not empty.</param>
    /// <exception cref="ArgumentException">No grain class implements the interface, several do, or the key is empty.</exception>
    IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);
}
