using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sandbox.ClientPackages.Tests;

/// <summary>Serves one page with one script on the loopback, and takes what the script reports.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly TaskCompletionSource<JsonElement> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PageServer(WebApplication application)
    {
        _application = application;
        application.MapGet("/", () => Results.Text("<!doctype html><meta charset=utf-8><script type=module src=/page.js></script>", "text/html"));
        application.MapGet("/page.js", () => Results.Text(Script, "text/javascript"));
        application.MapPost("/report", (JsonElement report) => _report.TrySetResult(report.Clone()));
    }

    /// <summary>What the page runs.</summary>
    public string Script { get; set; } = "";

    /// <summary>The page's origin.</summary>
    public string Origin => _application.Urls.Single();

    /// <summary>What the page reports, once.</summary>
    public Task<JsonElement> Report => _report.Task;

    public static async Task<PageServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = new PageServer(builder.Build());
        await server._application.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
