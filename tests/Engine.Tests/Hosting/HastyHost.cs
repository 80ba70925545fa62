using Orleans.Configuration;

[assembly: AssemblyFixture(typeof(Sandbox.Engine.Tests.Hosting.HastyHost))]

namespace Sandbox.Engine.Tests.Hosting;

/// <summary>One host that waits for nothing long, shared by the tests that wait for its patience to end.</summary>
public sealed class HastyHost : IAsyncLifetime
{
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(2);

    private GrainHost _host = null!;

    internal IGrainFactory Grains => _host.Grains;

    internal Probe Probe => _host.Probe;

    public async ValueTask InitializeAsync() => _host = await GrainHost.StartAsync(silo =>
    {
        silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout);
        silo.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionQuantum = TimeSpan.FromSeconds(1);
            options.CollectionAge = TimeSpan.FromSeconds(3);
        });
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
