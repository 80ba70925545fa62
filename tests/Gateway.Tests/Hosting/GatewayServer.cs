using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Sandbox.Gateway.Status;
using Sandbox.Grains.Events;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Storage;
using Sandbox.Grains.Tests.Doubles;

namespace Sandbox.Gateway.Tests.Hosting;

/// <summary>The gateway on a free port of the loopback, with the real grains on the chosen engine and a <see cref="ScriptedHost"/> below.</summary>
public sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayServer(WebApplication app, ScriptedHost host, LogLines log)
    {
        _app = app;
        Host = host;
        Http2Address = new Uri(app.Urls.Last());
        Log = log;
        // A client that leaves shall leave at once; by default it first reads on for two seconds, to keep the connection.
        Http = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(60) };
    }

    public ScriptedHost Host { get; }

    /// <summary>Everything that was logged.</summary>
    public LogLines Log { get; }

    public HttpClient Http { get; }

    public Uri Address => Http.BaseAddress!;

    /// <summary>The same server for HTTP/2 alone, without TLS.</summary>
    public Uri Http2Address { get; }

    /// <summary>All that is mapped.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    /// <summary>Starts one, with settings such as <c>("Gateway:MaxScriptBytes", "10")</c>.</summary>
    public static Task<GatewayServer> StartAsync(params (string Key, string Value)[] settings) => StartAsync(_ => { }, settings);

    /// <summary>Starts one with services in place of its own.</summary>
    public static async Task<GatewayServer> StartAsync(Action<IServiceCollection> configure, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.WebHost.UseKestrel().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var log = new LogLines();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Information);
        var host = new ScriptedHost();
        builder.Services.AddSingleton<ISandboxHost>(host);
        builder.Services.AddSingleton<IReadinessProbe>(new HostProbe(host));
        configure(builder.Services);
        builder.Services.AddSandboxGateway(builder.Configuration);
        var blobs = new MemoryBlobStore(TimeProvider.System);
        builder.Services.AddSingleton<IBlobStore>(blobs);
        builder.Services.AddKeyedSingleton<IGrainStorage>("sandboxes", (_, _) => new BlobStateStorage(blobs));
        builder.Host.UseOrleans(silo => silo
            .UseLocalhostClustering(FreePort(), FreePort())
            .AddMemoryGrainStorage("PubSubStore")
            .AddMemoryStreams(SandboxStreams.Provider));
        var app = builder.Build();
        app.MapSandboxGateway();
        // One endpoint that fails, to see what a caller learns of it.
        app.MapGet("/fails", string () => throw new InvalidOperationException("secret of the house"));
        try
        {
            await app.StartAsync();
            return new GatewayServer(app, host, log);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks the server to stop, and waits until it has.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class HostProbe(ScriptedHost host) : IReadinessProbe
    {
        public ValueTask<GatewayReadiness> CheckAsync(CancellationToken cancellationToken) => ValueTask.FromResult(
            host.Readiness.Ready ? GatewayReadiness.Ready : new GatewayReadiness(ReadinessState.Starting, host.Readiness.Reason));
    }
}
