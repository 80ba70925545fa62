using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sandbox.Grains.Execution;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Tests.Pool;

public sealed class WarmPoolTests
{
    private const int Deadline = 30_000;
    private readonly ScriptedFactory _factory = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_filled_pool_hands_out_a_ready_sandbox_at_once_and_starts_another()
    {
        await using var pool = Pool(new PoolOptions { Size = 1, StartsAtOnce = 1 });
        _ = pool.FillAsync();
        var first = await _factory.SucceedAsync();
        await UntilAsync(() => pool.Ready == 1);

        var rental = Assert.IsType<Rental<ScriptedSandbox>.Granted>(await pool.RentAsync(Cancel));

        Assert.Same(first, rental.Sandbox);
        Assert.True(rental.Warm);
        await _factory.SucceedAsync();
        await UntilAsync(() => pool.Ready == 1);
        pool.Retire(first);
    }

    [Fact(Timeout = Deadline)]
    public async Task While_another_is_ready_the_start_of_a_successor_lets_what_was_handed_out_begin_first()
    {
        await using var pool = Pool(new PoolOptions { Size = 2, StartsAtOnce = 2 });
        _ = pool.FillAsync();
        await _factory.SucceedAsync();
        await _factory.SucceedAsync();
        await UntilAsync(() => pool.Ready == 2);

        var first = await ReadyAsync();
        Assert.Equal(2, _factory.Begun);
        _time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.Equal(2, _factory.Begun);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await _factory.SucceedAsync();
        await UntilAsync(() => pool.Ready == 2);

        // None is ready any more: the next one who comes would wait.
        var rest = new[] { await ReadyAsync(), await ReadyAsync() };
        await _factory.SucceedAsync();
        await UntilAsync(() => pool.Ready == 1);
        foreach (var sandbox in rest.Append(first)) pool.Retire(sandbox);

        async Task<ScriptedSandbox> ReadyAsync() => Assert.IsType<Rental<ScriptedSandbox>.Granted>(await pool.RentAsync(Cancel)).Sandbox;
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_is_never_handed_out_twice()
    {
        await using var pool = Pool(new PoolOptions { Size = 2, StartsAtOnce = 2 });
        _ = pool.FillAsync();
        var rented = new HashSet<ScriptedSandbox>();
        for (var i = 0; i < 50; i++)
        {
            var rental = pool.RentAsync(Cancel);
            if (!rental.IsCompleted) await _factory.SucceedAsync();
            var granted = Assert.IsType<Rental<ScriptedSandbox>.Granted>(await rental);
            Assert.True(rented.Add(granted.Sandbox));
            pool.Retire(granted.Sandbox);
        }

        await Task.WhenAll(rented.Select(sandbox => sandbox.Removed));
    }

    [Fact(Timeout = Deadline)]
    public async Task Who_waits_is_served_in_the_order_of_arrival()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, StartsAtOnce = 1 });
        var first = pool.RentAsync(Cancel);
        var second = pool.RentAsync(Cancel);

        var one = await _factory.SucceedAsync();
        var two = await _factory.SucceedAsync();

        Assert.Same(one, Assert.IsType<Rental<ScriptedSandbox>.Granted>(await first).Sandbox);
        Assert.Same(two, Assert.IsType<Rental<ScriptedSandbox>.Granted>(await second).Sandbox);
        pool.Retire(one);
        pool.Retire(two);
    }

    [Fact(Timeout = Deadline)]
    public async Task Who_waits_too_long_is_refused_as_overload_and_the_sandbox_that_comes_late_is_kept()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, Wait = TimeSpan.FromSeconds(1) });
        var rental = pool.RentAsync(Cancel);
        var start = await _factory.NextStartAsync();

        _time.Advance(TimeSpan.FromSeconds(2));

        var refused = Assert.IsType<Rental<ScriptedSandbox>.Refused>(await rental);
        Assert.Equal(RefusalReason.Overloaded, refused.Refusal.Reason);
        Assert.NotNull(refused.Refusal.RetryAfter);
        start.SetResult(new ScriptedSandbox());
        await UntilAsync(() => pool.Ready == 1);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_full_queue_refuses_at_once()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, MaxWaiting = 1 });
        var waits = pool.RentAsync(Cancel);

        var refused = Assert.IsType<Rental<ScriptedSandbox>.Refused>(await pool.RentAsync(Cancel));

        Assert.Equal(RefusalReason.Overloaded, refused.Refusal.Reason);
        pool.Retire(await GrantAsync(waits));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_caller_who_leaves_the_queue_does_not_take_a_sandbox_along()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, StartsAtOnce = 1 });
        using var leaving = new CancellationTokenSource();
        var left = pool.RentAsync(leaving.Token);
        var stays = pool.RentAsync(Cancel);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        pool.Retire(await GrantAsync(stays));
    }

    [Fact(Timeout = Deadline)]
    public async Task Starts_at_once_and_sandboxes_alive_are_bounded()
    {
        await using var pool = Pool(new PoolOptions { Size = 10, StartsAtOnce = 2, MaxSandboxes = 3 });
        _ = pool.FillAsync();
        var first = await _factory.NextStartAsync();
        var second = await _factory.NextStartAsync();
        Assert.Equal(2, _factory.Begun);

        first.SetResult(new ScriptedSandbox());
        second.SetResult(new ScriptedSandbox());
        await _factory.SucceedAsync();

        await UntilAsync(() => pool.Ready == 3);
        Assert.Equal(3, _factory.Begun);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_dies_while_it_is_ready_is_removed_and_replaced()
    {
        await using var pool = Pool(new PoolOptions { Size = 1, StartsAtOnce = 1 });
        _ = pool.FillAsync();
        var dead = await _factory.SucceedAsync();
        await UntilAsync(() => pool.Ready == 1);

        dead.Die();

        await dead.Removed;
        var next = await _factory.SucceedAsync();
        await UntilAsync(() => pool.Ready == 1);
        Assert.NotSame(dead, next);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_failed_start_tells_who_waits_why_and_the_pool_tries_again()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, StartsAtOnce = 1 });
        var unlucky = pool.RentAsync(Cancel);
        (await _factory.NextStartAsync()).SetException(new SandboxStartException("runsc is on holiday"));
        var refused = Assert.IsType<Rental<ScriptedSandbox>.Refused>(await unlucky);
        Assert.Equal(RefusalReason.Unavailable, refused.Refusal.Reason);
        Assert.Contains("runsc is on holiday", refused.Refusal.Message);

        var lucky = pool.RentAsync(Cancel);
        var start = _factory.NextStartAsync();
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return start.IsCompleted;
        });
        (await start).SetResult(new ScriptedSandbox());

        pool.Retire(Assert.IsType<Rental<ScriptedSandbox>.Granted>(await lucky).Sandbox);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_pool_whose_starts_fail_again_and_again_is_not_ready_and_says_why()
    {
        await using var pool = Pool(new PoolOptions { Size = 1, StartsAtOnce = 1 });
        _ = pool.FillAsync();
        for (var i = 0; i < 3; i++)
        {
            var start = _factory.NextStartAsync();
            await UntilAsync(() =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return start.IsCompleted;
            });
            (await start).SetException(new SandboxStartException("no memory"));
        }

        await UntilAsync(() => !pool.Readiness.Ready && pool.Readiness.Reason!.Contains("no memory", StringComparison.Ordinal));
    }

    [Fact(Timeout = Deadline)]
    public async Task Stopping_refuses_who_waits_and_removes_what_is_ready_and_what_is_in_use()
    {
        var pool = Pool(new PoolOptions { Size = 1, StartsAtOnce = 1 });
        _ = pool.FillAsync();
        var used = await _factory.SucceedAsync();
        await UntilAsync(() => pool.Ready == 1);
        await pool.RentAsync(Cancel);
        var ready = await _factory.SucceedAsync();
        await UntilAsync(() => pool.Ready == 1);

        var stopped = pool.StopAsync(Cancel);

        await ready.Removed;
        Assert.False(stopped.IsCompleted);
        Assert.Equal(RefusalReason.Stopping, Assert.IsType<Rental<ScriptedSandbox>.Refused>(await pool.RentAsync(Cancel)).Refusal.Reason);
        pool.Retire(used);
        await stopped;
        Assert.True(used.Removed.IsCompleted);
    }

    private WarmPool<ScriptedSandbox> Pool(PoolOptions options) =>
        new(_factory, Options.Create(options), _time, NullLogger<WarmPool<ScriptedSandbox>>.Instance);

    private async Task<ScriptedSandbox> GrantAsync(Task<Rental<ScriptedSandbox>> rental)
    {
        await _factory.SucceedAsync();
        return Assert.IsType<Rental<ScriptedSandbox>.Granted>(await rental).Sandbox;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(5, Cancel);
    }
}
