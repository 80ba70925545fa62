using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using Sandbox.Gateway.Tests.Hosting;
using Sandbox.Grains.Execution;

namespace Sandbox.Gateway.Tests.Execute;

public sealed class ShutdownTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_stops_ends_what_still_runs_after_its_grace_and_says_so()
    {
        await using var server = await GatewayServer.StartAsync(("Gateway:ShutdownGraceSeconds", "0.2"));
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var script = server.Host.Play((_, cancel) => Silent(ended, cancel));
        using var response = await server.Http.SendAsync(Http.Script(script), HttpCompletionOption.ResponseHeadersRead, Cancel);

        var began = Stopwatch.GetTimestamp();
        var stopping = server.StopAsync();

        Assert.Equal("so far\n[sandbox] ended: the sandbox failed: The server is going down.\n", await response.Content.ReadAsStringAsync(Cancel));
        await ended.Task.WaitAsync(Cancel);
        await stopping.WaitAsync(Cancel);
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(15));
    }

    [Fact(Timeout = 60_000)]
    public async Task Callers_of_main_are_told_to_come_back_when_the_server_stops()
    {
        await using var server = await GatewayServer.StartAsync(("Gateway:ShutdownGraceSeconds", "0.2"));
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var script = server.Host.Play((_, cancel) =>
        {
            began.SetResult();
            return Silent(ended, cancel);
        });
        var sending = server.Http.ProblemAsync(Http.Call(script), HttpStatusCode.ServiceUnavailable, "stopping");
        await began.Task.WaitAsync(Cancel);

        var stopping = server.StopAsync();

        await sending;
        await ended.Task.WaitAsync(Cancel);
        await stopping.WaitAsync(Cancel);
    }

    private static async IAsyncEnumerable<ExecutionEvent> Silent(TaskCompletionSource ended, [EnumeratorCancellation] CancellationToken cancel)
    {
        try
        {
            yield return Events.Started;
            yield return Events.Out("so far\n");
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        }
        finally
        {
            ended.SetResult();
        }
    }
}
