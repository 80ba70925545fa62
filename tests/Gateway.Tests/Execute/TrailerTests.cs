using System.Net;
using System.Runtime.CompilerServices;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Tests.Execute;

/// <summary>The chunks that the gateway writes itself, byte for byte.</summary>
public sealed class TrailerTests(SharedGateway shared)
{
    private const int Deadline = 30_000;

    [Fact(Timeout = Deadline)]
    public async Task An_answer_with_trailers_is_whole_and_leaves_the_connection_usable()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("0123456789abcdef\n"), Events.Err("x"), Events.Exit(3));
        using var connection = await RawConnection.OpenAsync(shared.Server.Address);
        for (var i = 0; i < 2; i++)
        {
            await connection.SendAsync($"POST /execute HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nConnection: TE\r\nContent-Length: {script.Length}\r\n\r\n{script}");
            var headers = await connection.ReadUntilAsync("\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", headers);
            Assert.Contains("Transfer-Encoding: chunked\r\n", headers);
            Assert.Contains("Trailer: Sandbox-Exit-Reason, Sandbox-Exit-Code, Sandbox-Exit-Signal\r\n", headers);
            Assert.DoesNotContain("Content-Length", headers);
            var body = await connection.ReadUntilAsync("\r\n\r\n");
            Assert.Equal("11\r\n0123456789abcdef\n\r\n1\r\nx\r\n0\r\nSandbox-Exit-Reason: exited\r\nSandbox-Exit-Code: 3\r\n\r\n", body);
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task Http_1_0_gets_the_output_and_the_end_of_the_connection()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("out"), Events.Exit());
        using var connection = await RawConnection.OpenAsync(shared.Server.Address);
        await connection.SendAsync($"POST /execute HTTP/1.0\r\nHost: localhost\r\nTE: trailers\r\nContent-Length: {script.Length}\r\n\r\n{script}");
        Assert.EndsWith("\r\n\r\nout", await connection.ReadToEndAsync());
    }

    [Fact(Timeout = Deadline)]
    public async Task Http_2_has_trailers_of_its_own()
    {
        var script = shared.Host.Play(Events.Started, Events.Out("out"), Events.Exit(3));
        using var http = new HttpClient { BaseAddress = shared.Server.Http2Address };
        using var request = Http.Script(script);
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.TE.ParseAdd("trailers");
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("out", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("exited", Assert.Single(response.TrailingHeaders.GetValues("Sandbox-Exit-Reason")));
        Assert.Equal("3", Assert.Single(response.TrailingHeaders.GetValues("Sandbox-Exit-Code")));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_host_that_fails_is_told_in_the_trailers_too()
    {
        var go = new TaskCompletionSource();
        var script = shared.Host.Play((_, cancel) => HalfAsync(go, cancel));
        using var connection = await RawConnection.OpenAsync(shared.Server.Address);
        await connection.SendAsync($"POST /execute HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nContent-Length: {script.Length}\r\n\r\n{script}");
        await connection.ReadUntilAsync("3\r\nout\r\n");
        go.SetException(new InvalidOperationException("The host fails."));
        var rest = await connection.ReadUntilAsync("\r\n\r\n");
        Assert.Contains("[sandbox] ended: the sandbox failed", rest);
        Assert.Contains("Sandbox-Exit-Reason: sandbox_failed\r\n", rest);
    }

    private static async IAsyncEnumerable<ExecutionEvent> HalfAsync(TaskCompletionSource go, [EnumeratorCancellation] CancellationToken cancel)
    {
        yield return Events.Started;
        yield return Events.Out("out");
        await go.Task.WaitAsync(cancel);
    }
}
