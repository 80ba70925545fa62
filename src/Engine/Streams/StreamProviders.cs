using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Streams;

/// <summary>Finds stream providers.</summary>
internal static class StreamProviders
{
    public static IStreamProvider Find(IServiceProvider services, string name) => services.GetKeyedService<IStreamProvider>(name)
        ?? throw new KeyNotFoundException($"There are no streams named \"{name}\". Add them to the silo: AddMemoryStreams(\"{name}\").");
}
