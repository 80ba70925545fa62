using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sandbox.EndToEnd.Tests.Telemetry;

/// <summary>Takes what a server exports by OTLP over HTTP, on a free port of the loopback. Names in it are plain text, so that they can be looked for.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly TimeSpan _within = TimeSpan.FromSeconds(30);

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, string> _received = new();

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            _received.AddOrUpdate(signal, Text(body), (_, before) => before + Text(body));
        });
    }

    public string Address => _app.Urls.First();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>All that came of a signal: <c>metrics</c>, <c>traces</c> or <c>logs</c>.</summary>
    public string Received(string signal) => _received.GetValueOrDefault(signal, "");

    /// <summary>Waits until all of these words came.</summary>
    public async Task ExpectAsync(string signal, IEnumerable<string> words, CancellationToken cancellationToken)
    {
        var missing = words.ToList();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_within);
        while (missing.RemoveAll(Received(signal).Contains) >= 0 && missing.Count > 0)
        {
            if (deadline.IsCancellationRequested) Assert.Fail($"These {signal} never came: {string.Join(", ", missing)}");
            await Task.Delay(50, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static string Text(MemoryStream body) => Encoding.Latin1.GetString(body.ToArray());
}
