using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Output;

namespace Sandbox.Silo.Tests.Output;

public sealed class OutputLogTests : IAsyncDisposable
{
    private const int Deadline = 60_000;
    private readonly LogFixture _fixture = new();

    private static CancellationToken Cancel => LogFixture.Cancel;

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact(Timeout = Deadline)]
    public async Task A_reading_without_following_ends_at_the_present_end_and_joins_small_appends()
    {
        var log = _fixture.Log();
        for (var i = 0; i < 100; i++) await log.AppendAsync(Pattern.Of(i * 3, 3), Cancel);

        var items = await log.ReadAsync(new OutputCursor(1, 0), follow: false, Cancel).ToArrayAsync(Cancel);

        Assert.Equal(300, Assert.IsType<OutputData>(items[0]).Data.Length);
        Assert.Equal(new OutputEnd { Timeline = 1, Offset = 300, Ended = false }, items[1]);
        Assert.Equal(2, items.Length);
        log.Complete();
        items = await log.ReadAsync(new OutputCursor(null, 300), follow: false, Cancel).ToArrayAsync(Cancel);
        Assert.Equal(new OutputEnd { Timeline = 1, Offset = 300, Ended = true }, Assert.Single(items));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_follower_gets_a_byte_at_once_and_the_end_when_it_comes()
    {
        var log = _fixture.Log();
        await using var reader = log.ReadAsync(new OutputCursor(null, 0), follow: true, Cancel).GetAsyncEnumerator(Cancel);
        for (var i = 0; i < 200; i++)
        {
            var next = reader.MoveNextAsync();
            Assert.False(next.IsCompleted);
            await log.AppendAsync(Pattern.Of(i, 1), Cancel);
            Assert.True(await next);
            Assert.Equal(Pattern.Of(i, 1), Assert.IsType<OutputData>(reader.Current).Data);
        }

        var last = reader.MoveNextAsync();
        log.Complete();
        Assert.True(await last);
        Assert.Equal(new OutputEnd { Timeline = 1, Offset = 200, Ended = true }, reader.Current);
        Assert.False(await reader.MoveNextAsync());
    }

    [Theory(Timeout = Deadline)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task Readers_at_every_speed_see_every_byte_once_or_a_gap_that_counts_it(int seed)
    {
        const int Total = 8 * 1024 * 1024;
        const long Start = 5_000_000_123;
        var random = new Random(seed);
        var log = _fixture.Log(start: Start);
        var readers = Enumerable.Range(0, 6).Select(i => Task.Run(() => RandomReaderAsync(log, Start, new Random(seed + i), pace: i))).ToArray();

        for (var offset = 0; offset < Total;)
        {
            var count = Math.Min(Total - offset, random.Next(20) == 0 ? random.Next(1, 200_000) : random.Next(1, 5_000));
            await log.AppendAsync(Pattern.Of(Start + offset, count), Cancel);
            offset += count;
        }

        log.Complete();
        foreach (var reading in await Task.WhenAll(readers))
        {
            Assert.Equal(new OutputEnd { Timeline = 1, Offset = Start + Total, Ended = true }, reading.Last);
            Assert.Equal(Total, reading.Bytes + reading.Lost);
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task What_fell_out_is_a_gap_with_exact_numbers()
    {
        var log = _fixture.Log(disk: false);
        await log.AppendAsync(Pattern.Of(0, (64 * 1024) + 1000), Cancel);

        var reading = await Reading.RunAsync(log, from: 10, follow: false);

        Assert.Equal(new OutputLogExtent(1000, (64 * 1024) + 1000, Ended: false), log.Extent);
        Assert.Equal((990, 64 * 1024), (reading.Lost, reading.Bytes));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_whose_bytes_fall_out_while_it_stands_still_is_told_and_goes_on()
    {
        var log = _fixture.Log();
        await log.AppendAsync(Pattern.Of(0, 300_000), Cancel);
        var overtaken = false;

        var reading = await Reading.RunAsync(log, from: 0, follow: true, async at =>
        {
            if (overtaken) return;
            overtaken = true;
            await log.AppendAsync(Pattern.Of(300_000, 2_000_000), Cancel);
            log.Complete();
        });

        Assert.InRange(reading.Lost, 1, 2_300_000);
        Assert.Equal(2_300_000, reading.Lost + reading.Bytes);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reader_that_stands_still_never_holds_up_an_append()
    {
        var log = _fixture.Log();
        await log.AppendAsync(Pattern.Of(0, 1000), Cancel);
        await using var still = log.ReadAsync(new OutputCursor(null, 0), follow: true, Cancel).GetAsyncEnumerator(Cancel);
        await still.MoveNextAsync();

        await log.AppendAsync(new byte[4_000_000], Cancel);

        Assert.Equal(4_001_000, log.Offset);
    }

    [Theory(Timeout = Deadline)]
    [InlineData(2L, 0L)]
    [InlineData(null, 11L)]
    [InlineData(1L, 5_000_000_000L)]
    public async Task A_cursor_of_another_timeline_or_beyond_the_end_is_a_conflict_that_says_where_to_go_on(long? timeline, long offset)
    {
        var log = _fixture.Log();
        await log.AppendAsync(new byte[10], Cancel);

        var item = Assert.Single(await log.ReadAsync(new OutputCursor(timeline, offset), follow: true, Cancel).ToArrayAsync(Cancel));

        var failure = Assert.IsType<OutputFailure>(item);
        Assert.Equal((SandboxErrorCode.Conflict, 10L, 1L), (failure.Error.Code, failure.Error.Expected, failure.Timeline));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_negative_offset_is_invalid()
    {
        var item = Assert.Single(await _fixture.Log().ReadAsync(new OutputCursor(null, -1), follow: true, Cancel).ToArrayAsync(Cancel));

        Assert.Equal(SandboxErrorCode.Invalid, Assert.IsType<OutputFailure>(item).Error.Code);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_reading_that_is_cancelled_ends_at_once()
    {
        var log = _fixture.Log();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var reader = log.ReadAsync(new OutputCursor(null, 0), follow: true, leaving.Token).GetAsyncEnumerator(Cancel);
        var next = reader.MoveNextAsync();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.AsTask());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_complete_log_takes_nothing_more_and_completing_twice_is_no_error()
    {
        var log = _fixture.Log();
        log.Complete();
        log.Complete();

        await Assert.ThrowsAsync<InvalidOperationException>(() => log.AppendAsync(new byte[1], Cancel).AsTask());
        Assert.True(log.Extent.Ended);
    }

    private static async Task<Reading> RandomReaderAsync(OutputLog log, long start, Random random, int pace) =>
        await Reading.RunAsync(log, start, follow: true, async reading =>
        {
            if (pace > 0 && random.Next(6 - Math.Min(pace, 5)) == 0)
            {
                for (var i = random.Next(1 << (3 * pace)); i > 0; i--) await Task.Yield();
            }
        });
}
