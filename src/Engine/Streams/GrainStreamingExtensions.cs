using Orleans.Streams;

namespace Orleans;

/// <summary>The streams of a grain's host.</summary>
public static class GrainStreamingExtensions
{
    /// <summary>The stream provider of a name.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="name">The name that it was added by.</param>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public static IStreamProvider GetStreamProvider(this IGrainBase grain, string name)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return StreamProviders.Find(grain.GrainContext.ActivationServices, name);
    }
}
