using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Tests.Rest;

public sealed class StreamLifetimeTests : IDisposable
{
    private const int Deadline = 30_000;

    private readonly Application _application = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private StreamLifetime Lifetime => new(_application, new CallFailures(NullLogger<CallFailures>.Instance));

    public void Dispose() => _application.Dispose();

    [Fact(Timeout = Deadline)]
    public async Task A_long_wait_ends_when_the_server_stops_and_says_so()
    {
        var waiting = Lifetime.WaitAsync(new DefaultHttpContext(), NeverAsync);
        Assert.False(waiting.IsCompleted);
        _application.StopApplication();
        Assert.Equal("unavailable", (await Assert.ThrowsAsync<CallException>(() => waiting)).Error.Code);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_long_wait_ends_when_its_caller_leaves()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var waiting = Lifetime.WaitAsync(new DefaultHttpContext { RequestAborted = leaving.Token }, NeverAsync);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static async Task<string> NeverAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        return "never";
    }

    private sealed class Application : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
