using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Sandbox.Gateway.Execute;

/// <summary>
/// How long an execution may go on for reasons outside of it: until its caller is gone, or the server stops and its grace has run out.
/// </summary>
internal sealed class ExecutionLifetime(IHostApplicationLifetime application, IOptions<GatewayOptions> options, TimeProvider time)
{
    private readonly TimeSpan _grace = TimeSpan.FromSeconds(options.Value.ShutdownGraceSeconds);

    /// <summary>A lease for one request. Dispose it with the request.</summary>
    public Lease Begin(HttpContext context) => new(context.RequestAborted, application.ApplicationStopping, _grace, time);

    /// <summary>One request's time.</summary>
    internal sealed class Lease : IDisposable
    {
        private readonly CancellationTokenSource _stopped;
        private readonly CancellationTokenSource _linked;
        private readonly CancellationTokenRegistration _stopping;

        public Lease(CancellationToken aborted, CancellationToken stopping, TimeSpan grace, TimeProvider time)
        {
            _stopped = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
            _linked = CancellationTokenSource.CreateLinkedTokenSource(aborted, _stopped.Token);
            // The web server waits for its requests before it lets anything else stop; without this a long program would hold up a shutdown.
            _stopping = stopping.Register(() => _stopped.CancelAfter(grace));
        }

        /// <summary>Cancelled when the execution must end.</summary>
        public CancellationToken Token => _linked.Token;

        /// <summary>True when it had to end because the server goes down.</summary>
        public bool ServerStopped => _stopped.IsCancellationRequested;

        public void Dispose()
        {
            _stopping.Dispose();
            _linked.Dispose();
            _stopped.Dispose();
        }
    }
}
