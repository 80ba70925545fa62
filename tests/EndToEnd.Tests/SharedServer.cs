using Sandbox.TestServer;

[assembly: AssemblyFixture(typeof(Sandbox.EndToEnd.Tests.SharedServer))]
// Leases that run out, servers that start: what is not in OneAtATime waits more than it computes.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]

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
