using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sandbox.Grains.Execution;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Tests.Pool;

/// <summary>Sandboxes that callers start themselves, in the room that the pool counts.</summary>
public sealed class OwnSizeTests
{
    private const int Deadline = 30_000;
    private readonly ScriptedFactory _factory = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task One_that_is_ready_makes_room_for_one_of_another_size()
    {
        await using var pool = Pool(new PoolOptions { Size = 1, StartsAtOnce = 1, MaxSandboxes = 1 });
        _ = pool.FillAsync();
        var ready = await _factory.SucceedAsync();
        await UntilAsync(() => pool.Ready == 1);

        var own = new ScriptedSandbox();
        var granted = Assert.IsType<Rental<ScriptedSandbox>.Granted>(await pool.RentAsync(_ => Task.FromResult(own), elsewhere: null, Cancel));

        Assert.Same(own, granted.Sandbox);
        Assert.True(ready.Removed.IsCompleted);
        Assert.Equal(1, _factory.Begun);
        pool.Retire(own);
        await _factory.SucceedAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task They_count_and_a_further_one_waits_for_room()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, StartsAtOnce = 4, MaxSandboxes = 2 });
        var first = Granted(await pool.RentAsync(Start, elsewhere: null, Cancel));
        var second = Granted(await pool.RentAsync(Start, elsewhere: null, Cancel));
        var third = pool.RentAsync(Start, elsewhere: null, Cancel);
        var fourth = pool.RentAsync(Start, elsewhere: null, Cancel);
        var oneOff = pool.RentAsync(Cancel);
        Assert.False(third.IsCompleted);
        Assert.Equal(0, _factory.Begun);

        pool.Retire(first);
        var granted = Granted(await third);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(RefusalReason.Overloaded, Assert.IsType<Rental<ScriptedSandbox>.Refused>(await fourth).Refusal.Reason);
        Assert.Equal(RefusalReason.Overloaded, Assert.IsType<Rental<ScriptedSandbox>.Refused>(await oneOff).Refusal.Reason);
        pool.Retire(second);
        pool.Retire(granted);
    }

    [Fact(Timeout = Deadline)]
    public async Task Nobody_waits_here_for_room_that_another_host_has()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, StartsAtOnce = 4, MaxSandboxes = 1, Wait = TimeSpan.FromMinutes(10) });
        var lives = Granted(await pool.RentAsync(Start, elsewhere: null, Cancel));
        var roomElsewhere = false;
        var looks = 0;
        var waits = pool.RentAsync(Start, Elsewhere, Cancel);
        var oneOff = pool.RentAsync(Elsewhere, Cancel);
        await LookAsync();
        Assert.False(waits.IsCompleted || oneOff.IsCompleted);

        roomElsewhere = true;
        await LookAsync();

        Assert.Equal(RefusalReason.Overloaded, Assert.IsType<Rental<ScriptedSandbox>.Refused>(await waits).Refusal.Reason);
        Assert.Equal(RefusalReason.Overloaded, Assert.IsType<Rental<ScriptedSandbox>.Refused>(await oneOff).Refusal.Reason);
        Assert.Equal(0, pool.Waiting);
        pool.Retire(lives);

        bool Elsewhere()
        {
            Interlocked.Increment(ref looks);
            return roomElsewhere;
        }

        async Task LookAsync()
        {
            var before = Volatile.Read(ref looks);
            await UntilAsync(() =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(10));
                return Volatile.Read(ref looks) >= before + 2;
            });
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task Who_waits_for_room_that_is_being_made_does_not_go_elsewhere_and_who_comes_behind_does()
    {
        await using var pool = Pool(new PoolOptions { Size = 1, StartsAtOnce = 1, MaxSandboxes = 1, Wait = TimeSpan.FromMinutes(10) });
        _ = pool.FillAsync();
        var goes = new TaskCompletionSource();
        (await _factory.NextStartAsync()).SetResult(new ScriptedSandbox { Gate = goes.Task });
        await UntilAsync(() => pool.Ready == 1);
        Assert.Equal((1, 1), pool.Room);

        var first = pool.RentAsync(Start, () => true, Cancel);
        Assert.Equal((1, 0), pool.Room);
        var second = pool.RentAsync(Start, () => true, Cancel);
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            return second.IsCompleted;
        });
        Assert.IsType<Rental<ScriptedSandbox>.Refused>(await second);
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(1, Cancel);
        }

        Assert.False(first.IsCompleted);
        goes.SetResult();
        pool.Retire(Granted(await first));
        await _factory.SucceedAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task Who_waits_for_one_that_is_being_started_does_not_go_elsewhere_and_one_that_is_to_be_ready_is_room()
    {
        await using var pool = Pool(new PoolOptions { Size = 1, StartsAtOnce = 2, MaxSandboxes = 1, Wait = TimeSpan.FromMinutes(10) });
        _ = pool.FillAsync();
        var starting = await _factory.NextStartAsync();
        Assert.Equal((1, 1), pool.Room);
        var waits = pool.RentAsync(() => true, Cancel);
        Assert.Equal((1, 0), pool.Room);
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(1, Cancel);
        }

        Assert.False(waits.IsCompleted);
        starting.SetResult(new ScriptedSandbox());
        pool.Retire(Granted(await waits));
        await _factory.SucceedAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_start_that_fails_gives_its_room_back()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, MaxSandboxes = 1 });
        var refused = Assert.IsType<Rental<ScriptedSandbox>.Refused>(
            await pool.RentAsync(_ => Task.FromException<ScriptedSandbox>(new SandboxStartException("no luck")), elsewhere: null, Cancel));
        Assert.Equal(RefusalReason.Unavailable, refused.Refusal.Reason);
        Assert.Contains("no luck", refused.Refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => pool.RentAsync(_ => Task.FromException<ScriptedSandbox>(new InvalidOperationException()), elsewhere: null, Cancel));

        using var giveUp = new CancellationTokenSource();
        var given = pool.RentAsync(NeverAsync, elsewhere: null, giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);

        pool.Retire(Granted(await pool.RentAsync(Start, elsewhere: null, Cancel)));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_pool_that_stops_refuses_who_waits_and_gives_up_who_starts()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, MaxSandboxes = 1 });
        var starts = pool.RentAsync(NeverAsync, elsewhere: null, Cancel);
        var waits = pool.RentAsync(Start, elsewhere: null, Cancel);

        await pool.StopAsync(Cancel);

        Assert.Equal(RefusalReason.Stopping, Assert.IsType<Rental<ScriptedSandbox>.Refused>(await starts).Refusal.Reason);
        Assert.Equal(RefusalReason.Stopping, Assert.IsType<Rental<ScriptedSandbox>.Refused>(await waits).Refusal.Reason);
        Assert.Equal(RefusalReason.Stopping, Assert.IsType<Rental<ScriptedSandbox>.Refused>(await pool.RentAsync(Start, elsewhere: null, Cancel)).Refusal.Reason);
    }

    private static Task<ScriptedSandbox> Start(CancellationToken cancellationToken) => Task.FromResult(new ScriptedSandbox());

    private static async Task<ScriptedSandbox> NeverAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException();
    }

    private static ScriptedSandbox Granted(Rental<ScriptedSandbox> rental) => Assert.IsType<Rental<ScriptedSandbox>.Granted>(rental).Sandbox;

    private WarmPool<ScriptedSandbox> Pool(PoolOptions options) =>
        new(_factory, Options.Create(options), _time, NullLogger<WarmPool<ScriptedSandbox>>.Instance);

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(1, Cancel);
    }
}
