using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Storage;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage;

/// <summary>Registers grain storage on the blob store.</summary>
internal static class BlobGrainStorageRegistration
{
    /// <summary>Grains that name this storage in <c>[PersistentState]</c> keep their state in the registered <see cref="IBlobStore"/>.</summary>
    public static IServiceCollection AddBlobGrainStorage(this IServiceCollection services, string name)
    {
        services.TryAddKeyedSingleton<IGrainStorage>(name, (provider, _) => new BlobGrainStorage(provider.GetRequiredService<IBlobStore>()));
        return services;
    }
}
