using Orleans.Runtime;

namespace Orleans;

/// <summary>What can be asked of a grain or of a reference to one.</summary>
public static class GrainExtensions
{
    /// <summary>The grain's id: its type and key.</summary>
    /// <param name="grain">A reference, or from within a grain: itself.</param>
    /// <exception cref="ArgumentException">It is neither a reference nor a grain.</exception>
    public static GrainId GetGrainId(this IAddressable grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return grain switch
        {
            GrainReference reference => reference.GrainId,
            IGrainBase self => self.GrainContext.GrainId,
            _ => throw NoGrain(grain),
        };
    }

    /// <summary>The key that the grain was got by.</summary>
    /// <param name="grain">A reference, or from within a grain: itself.</param>
    /// <exception cref="ArgumentException">It is neither a reference nor a grain.</exception>
    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();

    /// <summary>A reference to the grain by one of its interfaces, such as others can be given.</summary>
    /// <param name="grain">A reference, or from within a grain: itself.</param>
    /// <typeparam name="TGrainInterface">One of the grain's interfaces.</typeparam>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        var reference = grain switch
        {
            GrainReference itself => itself,
            IGrainBase self => self.GrainContext.GrainReference,
            _ => throw NoGrain(grain),
        };
        return (TGrainInterface)(object)reference.Engine.References.Create(typeof(TGrainInterface), reference.GrainId);
    }

    /// <inheritdoc cref="AsReference{TGrainInterface}"/>
    public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => grain.AsReference<TGrainInterface>();

    private static ArgumentException NoGrain(IAddressable grain) => new(
        $"{grain.GetType()} is neither a reference from IGrainFactory nor a class derived from {nameof(Grain)}.", nameof(grain));
}
