using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Microsoft.Extensions.Hosting;

/// <summary>Puts the engine into a host. It starts and stops with it.</summary>
public static class OrleansSiloGenericHostExtensions
{
    /// <summary>Adds the engine.</summary>
    /// <param name="hostAppBuilder">The host.</param>
    /// <param name="configureDelegate">Sets it up.</param>
    public static IHostApplicationBuilder UseOrleans(
        this IHostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(hostAppBuilder);
        ArgumentNullException.ThrowIfNull(configureDelegate);
        configureDelegate(AddEngine(hostAppBuilder.Services, hostAppBuilder.Configuration));
        return hostAppBuilder;
    }

    /// <summary>Adds the engine.</summary>
    /// <param name="hostAppBuilder">The host.</param>
    /// <param name="configureDelegate">Sets it up.</param>
    public static HostApplicationBuilder UseOrleans(
        this HostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
    {
        UseOrleans((IHostApplicationBuilder)hostAppBuilder, configureDelegate);
        return hostAppBuilder;
    }

    /// <summary>Adds the engine.</summary>
    /// <param name="hostBuilder">The host.</param>
    /// <param name="configureDelegate">Sets it up.</param>
    public static IHostBuilder UseOrleans(this IHostBuilder hostBuilder, Action<ISiloBuilder> configureDelegate) =>
        hostBuilder.UseOrleans((_, builder) => configureDelegate(builder));

    /// <summary>Adds the engine.</summary>
    /// <param name="hostBuilder">The host.</param>
    /// <param name="configureDelegate">Sets it up.</param>
    public static IHostBuilder UseOrleans(this IHostBuilder hostBuilder, Action<HostBuilderContext, ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(hostBuilder);
        ArgumentNullException.ThrowIfNull(configureDelegate);
        return hostBuilder.ConfigureServices((context, services) => configureDelegate(context, AddEngine(services, context.Configuration)));
    }

    /// <summary>Adds the engine.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configureDelegate">Sets it up.</param>
    public static IServiceCollection AddOrleans(this IServiceCollection services, Action<ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configureDelegate);
        configureDelegate(AddEngine(services, null));
        return services;
    }

    private static ISiloBuilder AddEngine(IServiceCollection services, IConfiguration? configuration)
    {
        if (services.FirstOrDefault(service => service.ServiceType == typeof(SiloBuilder)) is { ImplementationInstance: SiloBuilder known })
        {
            return known;
        }

        var builder = new SiloBuilder(services, configuration ?? new ConfigurationBuilder().Build());
        services.AddSingleton(builder);
        services.AddOptions<GrainCollectionOptions>().Validate(
            options => options.CollectionQuantum > TimeSpan.Zero
                && options.CollectionAge > options.CollectionQuantum
                && options.ClassSpecificCollectionAge.Values.All(age => age > options.CollectionQuantum),
            "GrainCollectionOptions: CollectionQuantum has to be more than zero, and every collection age more than CollectionQuantum.");
        services.AddOptions<SiloMessagingOptions>().Validate(
            options => options.ResponseTimeout > TimeSpan.Zero, "SiloMessagingOptions: ResponseTimeout has to be more than zero.");
        services.TryAddSingleton(TimeProvider.System);
        services.AddLogging();
        services.AddSingleton<Engine>();
        services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<Engine>().References);
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<Engine>().References);
        services.AddScoped<GrainContextHolder>();
        services.AddTransient(provider => provider.GetRequiredService<GrainContextHolder>().Context
            ?? throw new InvalidOperationException("IGrainContext exists only in the services of an activation."));
        services.AddHostedService<EngineService>();
        return builder;
    }
}
