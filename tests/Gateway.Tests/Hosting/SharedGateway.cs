using Sandbox.Gateway.Tests.Hosting;

[assembly: AssemblyFixture(typeof(SharedGateway))]

namespace Sandbox.Gateway.Tests.Hosting;

/// <summary>The one server that most tests share: with a name and a page of its own on the allow-lists, and the default limits.</summary>
public sealed class SharedGateway : IAsyncLifetime
{
    public const string AllowedHost = "sandbox.example.com";
    public const string AllowedOrigin = "https://console.example.com";

    public GatewayServer Server { get; private set; } = null!;

    public ScriptedHost Host => Server.Host;

    public HttpClient Http => Server.Http;

    public async ValueTask InitializeAsync() => Server = await GatewayServer.StartAsync(
        ("Gateway:AllowedHosts:0", AllowedHost), ("Gateway:AllowedOrigins:0", AllowedOrigin));

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
