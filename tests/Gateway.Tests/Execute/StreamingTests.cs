using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Tests.Execute;

/// <summary>When bytes move, and what happens when one side stops.</summary>
public sealed class StreamingTests(SharedGateway shared)
{
    private const int Deadline = 30_000;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Timeout = Deadline)]
    [InlineData(null)]
    [InlineData("application/x-ndjson")]
    [InlineData("text/event-stream")]
    public async Task Headers_come_before_a_silent_program_writes_anything(string? accept)
    {
        var go = new TaskCompletionSource();
        var script = shared.Host.Play((_, cancel) => WaitThen(go, cancel, [Events.Started], [Events.Out("late"), Events.Exit()]));

        using var response = await shared.Http.SendAsync(Http.Script(script, accept: accept), HttpCompletionOption.ResponseHeadersRead, Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(go.Task.IsCompleted);
        go.SetResult();
        Assert.Contains("late", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Theory(Timeout = Deadline)]
    [InlineData(null, "first")]
    [InlineData("application/x-ndjson", "{\"type\":\"stdout\",\"text\":\"first\"}\n")]
    [InlineData("text/event-stream", "event: stdout\ndata: {\"type\":\"stdout\",\"text\":\"first\"}\n\n")]
    public async Task Output_comes_before_the_program_ends(string? accept, string expected)
    {
        var go = new TaskCompletionSource();
        var script = shared.Host.Play((_, cancel) => WaitThen(go, cancel, [Events.Started, Events.Out("first")], [Events.Exit()]));

        using var response = await shared.Http.SendAsync(Http.Script(script, accept: accept), HttpCompletionOption.ResponseHeadersRead, Cancel);
        await using var stream = await response.Content.ReadAsStreamAsync(Cancel);
        var buffer = new byte[expected.Length];
        await stream.ReadExactlyAsync(buffer, Cancel);

        Assert.Equal(expected, Encoding.UTF8.GetString(buffer));
        Assert.False(go.Task.IsCompleted);
        go.SetResult();
        await new StreamReader(stream).ReadToEndAsync(Cancel);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_caller_that_goes_away_while_the_program_is_silent_ends_it_within_a_second()
    {
        var ended = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var script = shared.Host.Play((_, cancel) => Silent(ended, cancel, Events.Started, Events.Out("x")));

        var response = await shared.Http.SendAsync(Http.Script(script), HttpCompletionOption.ResponseHeadersRead, Cancel);
        var stream = await response.Content.ReadAsStreamAsync(Cancel);
        Assert.Equal('x', stream.ReadByte());
        var left = Stopwatch.GetTimestamp();
        response.Dispose();

        Assert.InRange(Stopwatch.GetElapsedTime(left, await ended.Task.WaitAsync(Cancel)), TimeSpan.Zero, Second);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_caller_that_goes_away_while_it_waits_for_a_sandbox_ends_the_wait_within_a_second()
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var script = shared.Host.Play((_, cancel) =>
        {
            began.SetResult();
            return Silent(ended, cancel);
        });
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var sending = shared.Http.SendAsync(Http.Script(script), leaving.Token);
        await began.Task.WaitAsync(Cancel);
        var left = Stopwatch.GetTimestamp();
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.InRange(Stopwatch.GetElapsedTime(left, await ended.Task.WaitAsync(Cancel)), TimeSpan.Zero, Second);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_caller_of_main_that_goes_away_ends_it_within_a_second()
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var script = shared.Host.Play((_, cancel) =>
        {
            began.SetResult();
            return Silent(ended, cancel, Events.Started, Events.Out("x"));
        });
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var sending = shared.Http.SendAsync(Http.Call(script), leaving.Token);
        await began.Task.WaitAsync(Cancel);
        var left = Stopwatch.GetTimestamp();
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.InRange(Stopwatch.GetElapsedTime(left, await ended.Task.WaitAsync(Cancel)), TimeSpan.Zero, Second);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_that_stalls_stops_the_program_and_not_the_memory()
    {
        const int Chunk = 64 << 10;
        const int Chunks = 1024;
        const long Bound = 12L << 20;
        // Else the kernel takes what it likes for the reader.
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectNarrowlyAsync }) { BaseAddress = shared.Http.BaseAddress };
        var produced = new Counter();
        var script = shared.Host.Play((_, cancel) => Endless(produced, Chunk, Chunks, cancel));

        using var response = await http.SendAsync(Http.Script(script), HttpCompletionOption.ResponseHeadersRead, Cancel);
        // Wait until production stands still: half a second without a chunk.
        long before;
        do
        {
            before = produced.Value;
            await Task.Delay(500, Cancel);
        }
        while (produced.Value != before || before == 0);

        Assert.True(produced.Value * Chunk < Bound, $"{produced.Value * Chunk} bytes were taken for a reader that reads nothing");
        await using var stream = await response.Content.ReadAsStreamAsync(Cancel);
        long read = 0;
        var buffer = new byte[Chunk];
        for (int got; (got = await stream.ReadAsync(buffer, Cancel)) > 0;) read += got;
        Assert.Equal((long)Chunk * Chunks, read);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_caller_that_goes_away_while_the_answer_is_stuck_ends_the_program()
    {
        var produced = new Counter();
        var script = shared.Host.Play((_, cancel) => Endless(produced, 64 << 10, int.MaxValue, cancel));

        var response = await shared.Http.SendAsync(Http.Script(script), HttpCompletionOption.ResponseHeadersRead, Cancel);
        await produced.Began.Task.WaitAsync(Cancel);
        response.Dispose();

        await produced.Ended.Task.WaitAsync(Cancel);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_caller_that_goes_away_is_no_error_of_the_server()
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await GatewayServer.StartAsync(services => services.AddSingleton<IStartupFilter>(new EndOfRequests(over)));
        var ended = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var script = server.Host.Play((_, cancel) => Silent(ended, cancel, Events.Started, Events.Out("x")));

        var response = await server.Http.SendAsync(Http.Script(script), HttpCompletionOption.ResponseHeadersRead, Cancel);
        response.Dispose();
        await ended.Task.WaitAsync(Cancel);

        // What is still on its way when the server stops, Orleans may tell of as an error.
        await over.Task.WaitAsync(Cancel);
        await server.StopAsync();

        Assert.Equal([], server.Log.Text.Split('\n').Where(line => line.StartsWith("Error ", StringComparison.Ordinal)));
    }

    private static async IAsyncEnumerable<ExecutionEvent> WaitThen(
        TaskCompletionSource go, [EnumeratorCancellation] CancellationToken cancel, ExecutionEvent[] before, ExecutionEvent[] after)
    {
        foreach (var happened in before) yield return happened;
        await go.Task.WaitAsync(cancel);
        foreach (var happened in after) yield return happened;
    }

    private static async IAsyncEnumerable<ExecutionEvent> Silent(
        TaskCompletionSource<long> ended, [EnumeratorCancellation] CancellationToken cancel, params ExecutionEvent[] before)
    {
        try
        {
            foreach (var happened in before) yield return happened;
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        }
        finally
        {
            ended.SetResult(Stopwatch.GetTimestamp());
        }
    }

    private static async ValueTask<Stream> ConnectNarrowlyAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 64 << 10, NoDelay = true };
        await socket.ConnectAsync(context.DnsEndPoint, cancel);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async IAsyncEnumerable<ExecutionEvent> Endless(
        Counter produced, int chunk, int chunks, [EnumeratorCancellation] CancellationToken cancel)
    {
        try
        {
            yield return Events.Started;
            for (var i = 0; i < chunks; i++)
            {
                cancel.ThrowIfCancellationRequested();
                yield return Events.Out(new byte[chunk]);
                produced.Add();
                await Task.Yield();
            }

            yield return Events.Exit();
        }
        finally
        {
            produced.Ended.SetResult();
        }
    }

    private sealed class Counter
    {
        private long _value;

        public long Value => Volatile.Read(ref _value);

        public TaskCompletionSource Began { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Add()
        {
            Interlocked.Increment(ref _value);
            Began.TrySetResult();
        }
    }

    /// <summary>Says when the server has done with a request.</summary>
    private sealed class EndOfRequests(TaskCompletionSource over) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                try
                {
                    await rest(context);
                }
                finally
                {
                    over.TrySetResult();
                }
            });
            next(app);
        };
    }
}
