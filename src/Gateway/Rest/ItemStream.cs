using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sandbox.Gateway.Execute.Output;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Rest;

/// <summary>Writes items as they come: as a line of JSON each, or as server-sent events.</summary>
internal sealed class ItemStream(HttpResponse response, OutputFormat format, TimeProvider time)
{
    private readonly bool _events = format is OutputFormat.EventStream;

    /// <summary>Sends the headers, so that the caller knows at once that it is being served.</summary>
    public Task BeginAsync(CancellationToken cancellationToken) =>
        BeginAsync(response, _events ? "text/event-stream" : "application/x-ndjson", cancellationToken);

    /// <summary>The same for any type.</summary>
    public static async Task BeginAsync(HttpResponse response, string contentType, CancellationToken cancellationToken)
    {
        response.ContentType = contentType;
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    /// <summary>
    /// The items of a source as they come. As long as none comes, server-sent events hold a comment every <see cref="Silence.Longest"/>; JSON
    /// lines have no form for one.
    /// </summary>
    public async IAsyncEnumerable<T> WithoutSilenceAsync<T>(
        IAsyncEnumerable<T> source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var items = source.GetAsyncEnumerator(ending.Token);
        while (true)
        {
            var next = items.MoveNextAsync().AsTask();
            try
            {
                if (_events) await Silence.BreakAsync(new ValueTask<bool>(next), () => WriteCommentAsync(cancellationToken), time);
                if (!await next) yield break;
            }
            finally
            {
                // An enumerator that is on its way cannot be disposed of.
                if (!next.IsCompleted)
                {
                    await ending.CancelAsync();
                    await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }

            yield return items.Current;
        }
    }

    /// <summary>Writes an item and waits until the connection has taken it.</summary>
    /// <param name="type">The item's type, which it also has as its member.</param>
    /// <param name="item">The item.</param>
    /// <param name="id">The number at which a browser that comes back goes on; null: none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task WriteAsync<T>(string type, T item, long? id, CancellationToken cancellationToken)
    {
        var body = response.BodyWriter;
        if (_events)
        {
            body.Write(Encoding.UTF8.GetBytes(id is { } number ? $"event: {type}\nid: {number}\ndata: " : $"event: {type}\ndata: "));
        }

        body.Write(JsonSerializer.SerializeToUtf8Bytes(item, WireJson.Options));
        body.Write(_events ? "\n\n"u8 : "\n"u8);
        await body.FlushAsync(cancellationToken);
    }

    /// <summary>Writes, as the last item, why there will be no more.</summary>
    public Task WriteFailureAsync(CallError error, CancellationToken cancellationToken) =>
        WriteAsync(FailureItem.TypeName, new FailureItem(FailureItem.TypeName, error.Code, error.Message), id: null, cancellationToken);

    private async Task WriteCommentAsync(CancellationToken cancellationToken)
    {
        response.BodyWriter.Write(": \n\n"u8);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    private sealed record FailureItem(string Type, string Code, string Message)
    {
        public const string TypeName = "failure";
    }
}
