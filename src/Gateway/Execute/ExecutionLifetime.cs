using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Sandbox.Gateway.Execute;

/// <summary>How long an execution may go on for reasons outside of it: until its caller is gone, or the server's grace has run out.</summary>
internal sealed class ExecutionLifetime(IHostApplicationLifetime application, IOptions<GatewayOptions> options, TimeProvider time)
{
    private readonly TimeSpan _grace = TimeSpan.FromSeconds(options.Value.ShutdownGraceSeconds);

    /// <summary>A lease for one request. Dispose it with the request.</summary>
    public Lease Begin(HttpContext context) => new(this, context.RequestAborted);

    internal sealed class Lease : IDisposable
    {
        private readonly CancellationTokenSource _grace;
        private readonly CancellationTokenSource _linked;
        private readonly CancellationTokenRegistration _stopping;

        public Lease(ExecutionLifetime lifetime, CancellationToken aborted)
        {
            _grace = new CancellationTokenSource(Timeout.InfiniteTimeSpan, lifetime.Time);
            _linked = CancellationTokenSource.CreateLinkedTokenSource(aborted, _grace.Token);
            // The web server waits for its requests before it lets anything else stop; without this a long program would hold up a shutdown.
            _stopping = lifetime.Stopping.Register(() => _grace.CancelAfter(lifetime.Grace));
        }

        /// <summary>Cancelled when the execution must end.</summary>
        public CancellationToken Token => _linked.Token;

        /// <summary>True when it had to end because the server goes down.</summary>
        public bool ServerStopped => _grace.IsCancellationRequested;

        public void Dispose()
        {
            _stopping.Dispose();
            _linked.Dispose();
            _grace.Dispose();
        }
    }

    private TimeProvider Time { get; } = time;

    private TimeSpan Grace => _grace;

    private CancellationToken Stopping => application.ApplicationStopping;
}
