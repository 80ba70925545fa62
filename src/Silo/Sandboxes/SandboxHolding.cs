using Microsoft.Extensions.Options;
using Sandbox.Grains.Faults;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Holding;

namespace Sandbox.Silo.Sandboxes;

/// <summary>Which host may run a sandbox, as this one sees it.</summary>
internal sealed class SandboxHolding(HeadLeases leases, Handoffs handoffs, IOptions<HoldingOptions> options, TimeProvider time) : ISandboxHolding
{
    private static readonly TimeSpan _bringsWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(0.1);

    /// <inheritdoc/>
    public bool IsShared => options.Value.SharedStore;

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
            if (time.GetElapsedTime(since) >= _bringsWithin) return Refusal.Elsewhere(wait);
            await handoffs.RequestAsync(sandbox, leases.Self, head!.Epoch, cancellationToken);
            FaultPoints.Reach(FaultPoint.HandoffRequested);
            await Task.Delay(wait < _look ? wait + TimeSpan.FromMilliseconds(1) : _look, time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task ForgetAsync(string key, CancellationToken cancellationToken) => leases.RemoveAsync(SandboxKey.Parse(key), cancellationToken);
}
