using Microsoft.Extensions.DependencyInjection;
using Sandbox.Engine.Tests.Hosting;

namespace Sandbox.Engine.Tests.Streams;

/// <summary>One host with streams, for their tests.</summary>
public sealed class StreamHost : IAsyncLifetime
{
    public const string Provider = "streams";

    private GrainHost _host = null!;

    internal IClusterClient Client => _host.Services.GetRequiredService<IClusterClient>();

    public async ValueTask InitializeAsync() => _host = await GrainHost.StartAsync(silo =>
    {
        silo.AddMemoryGrainStorage("PubSubStore");
        silo.AddMemoryStreams(Provider, streams => streams.ConfigurePartitioning(1));
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
