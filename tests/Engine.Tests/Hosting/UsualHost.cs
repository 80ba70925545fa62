[assembly: AssemblyFixture(typeof(Sandbox.Engine.Tests.Hosting.UsualHost))]

namespace Sandbox.Engine.Tests.Hosting;

/// <summary>One host with the engine's own settings, shared by the tests that can do with those.</summary>
public sealed class UsualHost : IAsyncLifetime
{
    private GrainHost _host = null!;

    internal IGrainFactory Grains => _host.Grains;

    internal Probe Probe => _host.Probe;

    internal IServiceProvider Services => _host.Services;

    public async ValueTask InitializeAsync() => _host = await GrainHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
