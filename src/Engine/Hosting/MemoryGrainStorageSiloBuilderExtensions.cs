using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Hosting;

/// <summary>Storage in this process's memory, for tests and for what may be lost.</summary>
public static class MemoryGrainStorageSiloBuilderExtensions
{
    private const string DefaultName = "Default";

    /// <summary>Adds a memory storage.</summary>
    /// <param name="builder">The engine.</param>
    /// <param name="name">The name that <c>[PersistentState]</c> gives.</param>
    public static ISiloBuilder AddMemoryGrainStorage(this ISiloBuilder builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddKeyedSingleton<IGrainStorage>(
            name, static (provider, _) => new MemoryGrainStorage(provider.GetRequiredService<Engine>()));
        if (string.Equals(name, DefaultName, StringComparison.Ordinal))
        {
            builder.Services.TryAddSingleton(static provider => provider.GetRequiredKeyedService<IGrainStorage>(DefaultName));
        }

        return builder;
    }

    /// <summary>Adds the memory storage for states that name none.</summary>
    /// <param name="builder">The engine.</param>
    public static ISiloBuilder AddMemoryGrainStorageAsDefault(this ISiloBuilder builder) => builder.AddMemoryGrainStorage(DefaultName);
}
