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
    private static readonly TimeSpan _bringsWithin = TimeSpan.FromSeconds(10);
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
            if (left <= TimeSpan.Zero) return Refusal.Elsewhere(wait);
            if (calls is not null) await CallAsync(calls, sandbox, head!, left, cancellationToken);
            else await handoffs.RequestAsync(sandbox, leases.Self, head!.Epoch, cancellationToken);
            FaultPoints.Reach(FaultPoint.HandoffRequested);
            await Task.Delay(wait < _look ? wait + TimeSpan.FromMilliseconds(1) : _look, time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task ForgetAsync(string key, CancellationToken cancellationToken) => leases.RemoveAsync(SandboxKey.Parse(key), cancellationToken);

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
