using System.IO.Pipelines;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using Sandbox.Gateway.Execute.Output;
using Sandbox.Gateway.Rest;

namespace Sandbox.Gateway.Tests.Rest;

public sealed class ItemStreamTests
{
    private const int Deadline = 30_000;

    private readonly FakeTimeProvider _clock = new();
    private readonly Channel<int> _items = Channel.CreateUnbounded<int>();
    private readonly Pipe _body = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Server_sent_events_break_a_silence_before_fifteen_seconds()
    {
        var writing = WriteAllAsync(OutputFormat.EventStream);
        using var reader = new StreamReader(_body.Reader.AsStream());
        for (var i = 0; i < 3; i++)
        {
            // The writer may not be waiting yet when the clock is moved.
            var line = reader.ReadLineAsync(Cancel).AsTask();
            while (!line.IsCompleted)
            {
                _clock.Advance(TimeSpan.FromSeconds(14));
                await Task.WhenAny(line, Task.Delay(10, Cancel));
            }

            Assert.Equal(": ", await line);
            Assert.Equal("", await reader.ReadLineAsync(Cancel));
        }

        _items.Writer.TryWrite(7);
        _items.Writer.Complete();
        await writing;
        await _body.Writer.CompleteAsync();
        Assert.EndsWith("event: number\ndata: 7\n\n", await reader.ReadToEndAsync(Cancel));
    }

    [Fact(Timeout = Deadline)]
    public async Task Lines_of_json_have_no_form_for_it()
    {
        var writing = WriteAllAsync(OutputFormat.Ndjson);
        _clock.Advance(TimeSpan.FromMinutes(1));
        _items.Writer.TryWrite(7);
        _items.Writer.Complete();
        await writing;
        await _body.Writer.CompleteAsync();
        using var reader = new StreamReader(_body.Reader.AsStream());
        Assert.Equal("7\n", await reader.ReadToEndAsync(Cancel));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_caller_who_leaves_in_a_silence_ends_the_source()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var writing = WriteAllAsync(OutputFormat.EventStream, leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    private async Task WriteAllAsync(OutputFormat format, CancellationToken? leaving = null)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(_body.Writer.AsStream()));
        var stream = new ItemStream(context.Response, format, _clock);
        var cancel = leaving ?? Cancel;
        await foreach (var item in stream.WithoutSilenceAsync(_items.Reader.ReadAllAsync(cancel), cancel))
        {
            await stream.WriteAsync("number", item, id: null, cancel);
        }
    }
}
