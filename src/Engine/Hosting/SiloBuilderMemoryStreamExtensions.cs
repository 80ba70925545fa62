using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Hosting;

/// <summary>Streams in this process's memory.</summary>
public static class SiloBuilderMemoryStreamExtensions
{
    /// <summary>Adds a stream provider. Grains put items in; whoever is outside of grains may subscribe.</summary>
    /// <param name="builder">The engine.</param>
    /// <param name="name">The name that <c>GetStreamProvider</c> gives.</param>
    /// <param name="configure">Sets it up.</param>
    public static ISiloBuilder AddMemoryStreams(
        this ISiloBuilder builder, string name, Action<ISiloMemoryStreamConfigurator>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        configure?.Invoke(new Configurator());
        builder.Services.AddKeyedSingleton<IStreamProvider>(
            name, static (provider, key) => new MemoryStreamProvider((string)key!, provider.GetRequiredService<Engine>()));
        return builder;
    }

    private sealed class Configurator : ISiloMemoryStreamConfigurator;
}
