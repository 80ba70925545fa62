using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Holding;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Tests.Holding;

public sealed class HandoffTests : IDisposable
{
    private static readonly SandboxKey _key = new("alice", "box");
    private readonly StepLoop _loop = new() { Gated = false };
    private readonly MemoryBlobs _blobs = new();
    private readonly TestHost _holder;
    private readonly TestHost _asker;

    public HandoffTests()
    {
        _holder = new TestHost(_blobs, _loop, "holder");
        _asker = new TestHost(_blobs, _loop, "asker");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _loop.Dispose();

    [Fact(Timeout = 30_000)]
    public Task A_request_is_seen_within_a_second_and_the_sandbox_changes_hands()
    {
        var lease = Acquire(_holder);
        var handoffs = new Handoffs(_holder.Blobs);
        var watch = new HandoffWatch(handoffs, _holder.Leases, _holder.Time, NullLogger<HandoffWatch>.Instance);
        var requests = watch.RequestsAsync(Cancel).GetAsyncEnumerator(Cancel);
        var next = requests.MoveNextAsync().AsTask();

        _loop.Run(new Handoffs(_asker.Blobs).RequestAsync(_key, _asker.Leases.Self, lease.Epoch, Cancel));
        var wait = _asker.Leases.AcquireAsync(_key, TimeSpan.FromSeconds(8), cancellationToken: Cancel);

        // Whoever has just taken it has something to do in it.
        Pass(HandoffWatch.LeastHold - TimeSpan.FromSeconds(0.1));
        Assert.False(next.IsCompleted);
        Pass(TimeSpan.FromSeconds(1));
        Assert.True(_loop.Run(next));
        var request = requests.Current;
        Assert.Equal((_key, _asker.Leases.Self, 1), (request.Key, request.By, request.Epoch));

        _loop.Run(lease.ReleaseAsync(cancellationToken: Cancel));
        _loop.Run(handoffs.RemoveAsync(request, Cancel));
        Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(2, Assert.IsType<Acquisition.Acquired>(_loop.Run(wait)).Lease.Epoch);
        Assert.DoesNotContain(_blobs.All.Keys, name => name.Contains("/handoffs/", StringComparison.Ordinal));
        return Task.CompletedTask;
    }

    [Fact(Timeout = 30_000)]
    public Task A_request_is_handed_out_once_and_asking_again_writes_nothing()
    {
        var lease = Acquire(_holder);
        var watch = new HandoffWatch(new Handoffs(_holder.Blobs), _holder.Leases, _holder.Time, NullLogger<HandoffWatch>.Instance);
        var requests = watch.RequestsAsync(Cancel).GetAsyncEnumerator(Cancel);
        var asking = new Handoffs(_asker.Blobs);
        _loop.Run(asking.RequestAsync(_key, _asker.Leases.Self, lease.Epoch, Cancel));
        Pass(HandoffWatch.LeastHold);
        Assert.True(_loop.Run(requests.MoveNextAsync().AsTask()));

        var generation = _blobs.All["alice/handoffs/box"].Properties.Generation;
        _loop.Run(asking.RequestAsync(_key, _asker.Leases.Self, lease.Epoch, Cancel));
        Assert.Equal(generation, _blobs.All["alice/handoffs/box"].Properties.Generation);
        var again = requests.MoveNextAsync().AsTask();
        Pass(TimeSpan.FromSeconds(5));
        Assert.False(again.IsCompleted);
        return Task.CompletedTask;
    }

    [Fact(Timeout = 30_000)]
    public Task What_was_asked_for_in_an_earlier_epoch_or_by_oneself_is_removed()
    {
        var asking = new Handoffs(_asker.Blobs);
        _loop.Run(Acquire(_holder).ReleaseAsync(cancellationToken: Cancel));
        _loop.Run(asking.RequestAsync(_key, _holder.Leases.Self, 1, Cancel));
        Acquire(_asker);
        var own = new SandboxKey("alice", "own");
        Assert.IsType<Acquisition.Acquired>(_loop.Run(_asker.Leases.TryAcquireAsync(own, cancellationToken: Cancel)));
        _loop.Run(asking.RequestAsync(own, _asker.Leases.Self, 1, Cancel));

        Assert.Empty(_loop.Run(asking.PendingAsync(_asker.Leases.All(), _asker.Leases.Self, Cancel).ToListAsync(Cancel).AsTask()));
        Assert.DoesNotContain(_blobs.All.Keys, name => name.Contains("/handoffs/", StringComparison.Ordinal));
        return Task.CompletedTask;
    }

    [Fact(Timeout = 30_000)]
    public Task Whoever_asks_for_what_a_dead_host_held_waits_until_its_lease_has_run_out()
    {
        Acquire(_holder);
        var brought = Holding(_asker).BringAsync(_key.ToString(), Cancel);
        Pass(TimeSpan.FromSeconds(14.5), _asker);
        Assert.False(brought.IsCompleted);
        Pass(TimeSpan.FromSeconds(1), _asker);
        Assert.Null(_loop.Run(brought));
        return Task.CompletedTask;
    }

    [Fact(Timeout = 30_000)]
    public Task Whoever_asks_a_host_that_lives_and_lets_nothing_go_is_sent_away_after_ten_seconds()
    {
        Acquire(_holder);
        var brought = Holding(_asker).BringAsync(_key.ToString(), Cancel);
        Pass(TimeSpan.FromSeconds(9.5));
        Assert.False(brought.IsCompleted);
        Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(SandboxErrorCode.Unavailable, _loop.Run(brought)!.Code);
        return Task.CompletedTask;
    }

    private static SandboxHolding Holding(TestHost host) => new(
        host.Leases, new Handoffs(host.Blobs), Options.Create(new HoldingOptions { SharedStore = true }), host.Time, NullLogger<SandboxHolding>.Instance);

    private HeadLease Acquire(TestHost host) => Assert.IsType<Acquisition.Acquired>(_loop.Run(host.Leases.TryAcquireAsync(_key, cancellationToken: Cancel))).Lease;

    private void Pass(TimeSpan span) => Pass(span, _holder, _asker);

    /// <summary>Time passes for some, as if the others had died.</summary>
    private void Pass(TimeSpan span, params TestHost[] alive)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += TimeSpan.FromSeconds(0.1))
        {
            foreach (var host in alive) host.Time.Advance(TimeSpan.FromSeconds(0.1));
            _loop.Settle();
        }
    }
}
