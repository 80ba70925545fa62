using Sandbox.TestServer;

[assembly: AssemblyFixture(typeof(Sandbox.EndToEnd.Tests.SharedServer))]
// One machine, real sandboxes, real clocks: tests beside each other would time each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Sandbox.EndToEnd.Tests;

/// <summary>One server for all tests that need nothing special of it.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    private SandboxServer? _server;

    public SandboxServer Server => _server ?? throw new InvalidOperationException("The server has not been started.");

    public HttpClient Http => Server.Http;

    public async ValueTask InitializeAsync() => _server = await SandboxServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}
