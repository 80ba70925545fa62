using Microsoft.Extensions.Options;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Holding;

namespace Sandbox.Silo.Sandboxes;

/// <summary>Which host may run a sandbox, as this one sees it. Another host is asked for one by a call in a cluster, and elsewhere by a request in the store.</summary>
internal sealed partial class SandboxHolding(
    HeadLeases leases, Handoffs handoffs, IOptions<HoldingOptions> options, TimeProvider time, ILogger<SandboxHolding> logger, IHolderCalls? calls = null)
    : ISandboxHolding
{
    /// <summary>How long a holder that lives may take.</summary>
    private static readonly TimeSpan _bringsWithin = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the end of a lease is waited for that nobody renews, so that whoever asks after a crash is answered and not sent away: a lease of the usual length, and below what
    /// a call may take. A holder that lives renews its lease, which then runs for longer than is left of this.
    /// </summary>
    private static readonly TimeSpan _outlivesWithin = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(0.1);

    /// <inheritdoc/>
    public bool IsShared => calls is not null || options.Value.SharedStore;

    /// <inheritdoc/>
    public async Task<SandboxHead?> FindHeadAsync(string key, CancellationToken cancellationToken) =>
        (await leases.LookAsync(SandboxKey.Parse(key), cancellationToken)).Head;

    /// <inheritdoc/>
    public async Task<bool> IsElsewhereAsync(string key, CancellationToken cancellationToken) =>
        (await leases.LookAsync(SandboxKey.Parse(key), cancellationToken)).Wait > TimeSpan.Zero;

    /// <inheritdoc/>
    public async Task<SandboxError?> BringAsync(string key, CancellationToken cancellationToken)
    {
        var sandbox = SandboxKey.Parse(key);
        var since = time.GetTimestamp();
        while (true)
        {
            var (head, wait) = await leases.LookAsync(sandbox, cancellationToken);
            if (wait <= TimeSpan.Zero) return null;
            var left = _bringsWithin - time.GetElapsedTime(since);
            if (left > TimeSpan.Zero) await AskAsync(sandbox, head!, left, cancellationToken);
            else if (wait - left > _outlivesWithin - _bringsWithin) return Refusal.Elsewhere(wait);
            await Task.Delay(wait < _look ? wait + TimeSpan.FromMilliseconds(1) : _look, time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task ForgetAsync(string key, CancellationToken cancellationToken) => leases.RemoveAsync(SandboxKey.Parse(key), cancellationToken);

    private async Task AskAsync(SandboxKey key, SandboxHead head, TimeSpan within, CancellationToken cancellationToken)
    {
        if (calls is not null) await CallAsync(calls, key, head, within, cancellationToken);
        else await handoffs.RequestAsync(key, leases.Self, head.Epoch, cancellationToken);
        FaultPoints.Reach(FaultPoint.HandoffRequested);
    }

    private async Task CallAsync(IHolderCalls holders, SandboxKey key, SandboxHead head, TimeSpan within, CancellationToken cancellationToken)
    {
        if (head.Address is not { } address) return;
        using var late = new CancellationTokenSource(within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            await holders.AskAsync(key, address, head.Epoch, either.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whoever does not answer loses the sandbox when its lease has run out.
            LogNotAsked(e, key, address);
        }
    }

    [LoggerMessage(272, LogLevel.Warning, "The host at {Address} did not answer when it was asked to let {Sandbox} go; its lease is waited for")]
    private partial void LogNotAsked(Exception exception, SandboxKey sandbox, string address);
}
