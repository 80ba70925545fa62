using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Sandbox.Engine.Tests.Hosting;

/// <summary>A host with the engine that the suite was built with.</summary>
internal sealed class GrainHost : IAsyncDisposable
{
    public const string Storage = "storage";

    private readonly IHost _host;

    private GrainHost(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public Probe Probe => _host.Services.GetRequiredService<Probe>();

    public IServiceProvider Services => _host.Services;

    public static async Task<GrainHost> StartAsync(Action<ISiloBuilder>? configure = null, CancellationToken cancellationToken = default)
    {
        var host = new GrainHost(Build(configure));
        await host._host.StartAsync(cancellationToken);
        return host;
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else _host.Dispose();
    }

    private static IHost Build(Action<ISiloBuilder>? configure)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<Probe>();
        builder.Services.AddScoped<ScopedService>();
        var (siloPort, gatewayPort) = Ports.Free();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort);
            silo.AddMemoryGrainStorage(Storage);
            silo.AddMemoryGrainStorageAsDefault();
            configure?.Invoke(silo);
        });
        return builder.Build();
    }
}
