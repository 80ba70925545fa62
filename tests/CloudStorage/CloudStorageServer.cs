using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sandbox.CloudStorage;

/// <summary>
/// A Cloud Storage of the tests' own, on the loopback: objects, uploads of all three kinds, preconditions, listings, ranges and checksums of the JSON
/// API, and what goes wrong with a network and a service. In memory.
/// </summary>
public sealed class CloudStorageServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private readonly WebApplication _app;
    private readonly Uploads _uploads;

    private CloudStorageServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
        });
        _app = builder.Build();
        _app.Run(ServeAsync);
        _uploads = new Uploads(this);
    }

    /// <summary>Where it is: the endpoint of the JSON API, of tokens, and of the metadata server.</summary>
    public Uri Address => new(_app.Urls.Single());

    public Tokens Tokens { get; } = new();

    public static async Task<CloudStorageServer> StartAsync()
    {
        var server = new CloudStorageServer();
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Makes a bucket, whose objects have the times of a clock.</summary>
    public Bucket CreateBucket(string name, TimeProvider? time = null)
    {
        var bucket = new Bucket(name, time ?? TimeProvider.System);
        return _buckets.TryAdd(name, bucket) ? bucket : throw new ArgumentException($"There is a bucket {name}.", nameof(name));
    }

    public void RemoveBucket(string name) => _buckets.TryRemove(name, out _);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        Fault? fault = null;
        Answer answer;
        try
        {
            var (segments, target) = Exchange.Read(context);
            if (await Tokens.AnswerAsync(context, segments, Address) is { } token)
            {
                await WriteAsync(context, token, fault: null);
                return;
            }

            var bucket = Find(segments);
            fault = bucket.Take($"{context.Request.Method} {target}");
            if (fault?.Kind == FaultKind.DropBefore)
            {
                context.Abort();
                return;
            }

            var body = await ReadAsync(context, fault);
            if (fault?.Kind == FaultKind.Slow) await Task.Delay(fault.Delay);
            if (fault?.Kind == FaultKind.Status) throw new StorageException(fault.Status, fault.Reason, "It was told to fail.");
            if (bucket.IsPrivate && !Tokens.IsGood(context.Request.Headers.Authorization))
                throw new StorageException(401, "authError", "Invalid Credentials");
            answer = await RouteAsync(segments, new Exchange(bucket, context.Request.Method, NameIn(segments), new Query(context.Request.Query), context.Request.Headers, body, fault));
        }
        catch (StorageException e)
        {
            answer = Answer.Error(e.Status, e.Reason, e.Message);
        }
        catch (System.Text.Json.JsonException e)
        {
            answer = Answer.Error(400, "parseError", e.Message);
        }

        if (fault?.Kind == FaultKind.DropAfter || (fault?.Kind == FaultKind.CutBody && context.Request.Method != "GET")) context.Abort();
        else await WriteAsync(context, fault?.Kind == FaultKind.StatusAfter ? Answer.Error(fault.Status, fault.Reason, "It was told to fail.") : answer, fault);
    }

    private static string? NameIn(string[] segments) => segments is ["storage", "v1", "b", _, "o", var name] ? name : null;

    private static async Task<byte[]> ReadAsync(HttpContext context, Fault? fault)
    {
        using var body = new MemoryStream();
        if (fault?.Kind != FaultKind.CutBody || context.Request.Method == "GET")
        {
            await context.Request.Body.CopyToAsync(body);
            return body.ToArray();
        }

        var part = new byte[fault.Bytes];
        return part[..await context.Request.Body.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false)];
    }

    private static async Task WriteAsync(HttpContext context, Answer answer, Fault? fault)
    {
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers) context.Response.Headers[name] = value;
        if (answer.Status is 204) return;
        context.Response.ContentType = answer.ContentType;
        context.Response.ContentLength = answer.Body.Length;
        var body = answer.Body;
        if (fault?.Kind == FaultKind.Corrupt && context.Request.Method == "GET" && body.Length > 0)
        {
            var other = body.ToArray();
            other[other.Length / 2] ^= 1;
            body = other;
        }

        if (fault?.Kind == FaultKind.CutBody && fault.Bytes < body.Length)
        {
            await context.Response.Body.WriteAsync(body[..fault.Bytes]);
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }

        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private async Task<Answer> RouteAsync(string[] segments, Exchange exchange) => (exchange.Method, segments) switch
    {
        ("GET", ["storage", "v1", "b", var bucket]) => Answer.Of(new { kind = "storage#bucket", name = bucket, id = bucket }),
        ("GET", ["storage", "v1", "b", _, "o"]) => Answer.Of(Listing.Of(exchange.Bucket, exchange.Query)),
        ("GET", ["storage", "v1", "b", _, "o", _]) => Downloads.Answer(exchange),
        ("DELETE", ["storage", "v1", "b", _, "o", _]) => Downloads.Delete(exchange),
        ("POST" or "PUT", ["upload", "storage", "v1", "b", _, "o"]) => await _uploads.AnswerAsync(exchange),
        _ => throw new StorageException(501, "notImplemented", $"{exchange.Method} of this is not here."),
    };

    private Bucket Find(string[] segments) =>
        Array.IndexOf(segments, "b") is > 0 and var at && at + 1 < segments.Length
            ? _buckets.GetValueOrDefault(segments[at + 1]) ?? throw new StorageException(404, "notFound", "The specified bucket does not exist.")
            : throw new StorageException(404, "notFound", "Not Found");
}
