using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sandboxes.Tests.Server;

/// <summary>A server on the loopback that follows docs/hub.md over a <see cref="ScriptedWorld"/>.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedServer(WebApplication app) => _app = app;

    public ScriptedWorld World => _app.Services.GetRequiredService<ScriptedWorld>();

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<ScriptedServer> StartAsync(int port = 0, ScriptedWorld? world = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddSingleton(world ?? new ScriptedWorld());
        builder.Services.AddSignalR(hub =>
        {
            hub.MaximumReceiveMessageSize = 4 << 20;
            hub.MaximumParallelInvocationsPerClient = 64;
        }).AddJsonProtocol();
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        var app = builder.Build();
        app.Use(async (context, next) =>
        {
            var key = context.RequestServices.GetRequiredService<ScriptedWorld>().Key;
            if (key is not null && context.Request.Headers.Authorization != $"Bearer {key}") context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            else await next(context);
        });
        app.MapHub<ScriptedHub>("/hub");
        MapSnapshots(app);
        await app.StartAsync();
        return new ScriptedServer(app);
    }

    private static void MapSnapshots(WebApplication app)
    {
        var world = app.Services.GetRequiredService<ScriptedWorld>();
        app.MapGet("/v1/snapshots/{name}/export", (string name) => world.Snapshots.TryGetValue(name, out var bytes)
            ? Results.Bytes(bytes, "application/x-tar")
            : Results.Json(new { status = 404, code = "not_found", detail = $"There is no snapshot '{name}'." }, statusCode: 404));
        app.MapPost("/v1/snapshots/{name}/import", async (string name, HttpRequest request) =>
        {
            var bytes = new MemoryStream();
            await request.Body.CopyToAsync(bytes);
            world.Snapshots[name] = bytes.ToArray();
            return Results.Json(new { snapshot = ScriptedWorld.DescribeSnapshot(name, bytes.Length) }, statusCode: 201);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
