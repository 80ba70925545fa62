using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Tests.Pool;

/// <summary>Room for what is kept ready beside the pool's sandboxes.</summary>
public sealed class PlaceTests
{
    private const int Deadline = 30_000;
    private readonly ScriptedFactory _factory = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_place_counts_and_is_asked_back_when_a_request_finds_the_host_full()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, MaxSandboxes = 1 });
        var place = await pool.ReserveAsync(Cancel);
        place.Started();
        var waits = pool.RentAsync(Start, elsewhere: null, Cancel);
        await place.Wanted.WaitAsync(Cancel);
        Assert.False(waits.IsCompleted);

        place.Dispose();

        pool.Retire(Granted(await waits));
    }

    [Fact(Timeout = Deadline)]
    public async Task It_goes_before_a_sandbox_that_is_ready_and_as_many_go_as_requests_wait()
    {
        await using var pool = Pool(new PoolOptions { Size = 1, MaxSandboxes = 3 });
        _ = pool.FillAsync();
        await _factory.SucceedAsync();
        await UntilAsync(() => pool.Ready == 1);
        var first = await pool.ReserveAsync(Cancel);
        first.Started();
        var second = await pool.ReserveAsync(Cancel);
        second.Started();

        var one = pool.RentAsync(Start, elsewhere: null, Cancel);
        await second.Wanted.WaitAsync(Cancel);
        Assert.Equal((1, false), (pool.Ready, first.Wanted.IsCompleted));
        var two = pool.RentAsync(Start, elsewhere: null, Cancel);
        await first.Wanted.WaitAsync(Cancel);
        Assert.Equal(1, pool.Ready);
        second.Dispose();
        first.Dispose();
        pool.Retire(Granted(await one));
        pool.Retire(Granted(await two));
    }

    [Fact(Timeout = Deadline)]
    public async Task It_is_given_only_while_nothing_else_is_being_started()
    {
        await using var pool = Pool(new PoolOptions { Size = 1, StartsAtOnce = 2 });
        _ = pool.FillAsync();
        var reserved = pool.ReserveAsync(Cancel);
        var also = pool.ReserveAsync(Cancel);
        Assert.False(reserved.IsCompleted);
        await _factory.SucceedAsync();
        var place = await reserved;
        Assert.False(also.IsCompleted);
        place.Started();
        (await also).Dispose();
        place.Dispose();
    }

    [Fact(Timeout = Deadline)]
    public async Task It_is_given_only_when_what_was_handed_out_last_has_had_a_moment_to_begin()
    {
        await using var pool = Pool(new PoolOptions { Size = 0 });
        var sandbox = Granted(await pool.RentAsync(Start, elsewhere: null, Cancel));
        var reserved = pool.ReserveAsync(Cancel);
        _time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(reserved.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await reserved).Dispose();
        pool.Retire(sandbox);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_is_ready_in_a_place_is_taken_without_waiting_for_a_turn_and_counts_once()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, StartsAtOnce = 1, MaxSandboxes = 2 });
        var place = await pool.ReserveAsync(Cancel);
        place.Started();
        using var giveUp = new CancellationTokenSource();
        var starting = pool.RentAsync(NeverAsync, elsewhere: null, giveUp.Token);

        var ready = new ScriptedSandbox();
        var taken = await pool.RentAsync(() => ready, NeverAsync, elsewhere: null, Cancel);
        place.Dispose();

        Assert.Same(ready, Granted(taken));
        Assert.Equal((2, 0), pool.Room);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        Assert.Equal((2, 1), pool.Room);
        pool.Retire(ready);
    }

    [Fact(Timeout = Deadline)]
    public async Task Where_the_host_is_full_the_room_of_what_is_ready_is_of_those_who_wait()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, MaxSandboxes = 1 });
        var place = await pool.ReserveAsync(Cancel);
        place.Started();
        var first = pool.RentAsync(Start, elsewhere: null, Cancel);
        var second = pool.RentAsync(() => throw new InvalidOperationException("It is not for this one."), Start, elsewhere: null, Cancel);
        place.Dispose();
        pool.Retire(Granted(await first));
        pool.Retire(Granted(await second));
    }

    [Fact(Timeout = Deadline)]
    public async Task Who_gives_up_waiting_takes_no_room()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, MaxSandboxes = 1 });
        var sandbox = Granted(await pool.RentAsync(Start, elsewhere: null, Cancel));
        using var leaving = new CancellationTokenSource();
        var reserved = pool.ReserveAsync(leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reserved);
        pool.Retire(sandbox);
        pool.Retire(Granted(await pool.RentAsync(Start, elsewhere: null, Cancel)));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_pool_that_stops_asks_every_place_back_and_waits_for_it()
    {
        await using var pool = Pool(new PoolOptions { Size = 0, MaxSandboxes = 1 });
        var place = await pool.ReserveAsync(Cancel);
        var waits = pool.ReserveAsync(Cancel);
        var stopping = pool.StopAsync(Cancel);
        await place.Wanted.WaitAsync(Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        Assert.False(stopping.IsCompleted);
        place.Dispose();
        await stopping;
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
