using Sandbox.Grains.Processes;

namespace Sandbox.Silo.Tests.Output;

public sealed class BlockingLogTests : IAsyncDisposable
{
    private const int Deadline = 60_000;
    private const int Capacity = 5 * 64 * 1024;
    private readonly LogFixture _fixture = new();

    private static CancellationToken Cancel => LogFixture.Cancel;

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Theory(Timeout = Deadline)]
    [InlineData(true, Capacity)]
    [InlineData(false, 64 * 1024)]
    public async Task With_no_reader_at_all_the_appender_waits_when_the_log_is_full(bool disk, int capacity)
    {
        var log = _fixture.Log(FullLogPolicy.Block, disk: disk);
        var append = log.AppendAsync(Pattern.Of(0, capacity + 1), Cancel);
        await LogFixture.UntilAsync(() => log.Offset == capacity);
        Assert.False(append.IsCompleted);
        Assert.Equal(0, log.Extent.Start);

        log.Acknowledge(64 * 1024);

        await append;
        Assert.Equal(capacity + 1, log.Offset);
        Assert.True(log.Extent.Start <= 64 * 1024);
    }

    [Fact(Timeout = Deadline)]
    public async Task Reading_alone_does_not_free_the_appender_only_acknowledging_does()
    {
        var log = _fixture.Log(FullLogPolicy.Block, disk: false);
        var append = log.AppendAsync(Pattern.Of(0, (64 * 1024) + 1), Cancel);
        await LogFixture.UntilAsync(() => log.Offset == 64 * 1024);

        var reading = await Reading.RunAsync(log, 0, follow: false);

        Assert.Equal(64 * 1024, reading.Bytes);
        Assert.False(append.IsCompleted);
        log.Acknowledge(1);
        await append;
        Assert.Equal(1, log.Extent.Start);
    }

    [Theory(Timeout = Deadline)]
    [InlineData(21, true)]
    [InlineData(22, true)]
    [InlineData(23, false)]
    public async Task A_reader_that_acknowledges_sees_every_byte_however_slow_it_is(int seed, bool disk)
    {
        const int Total = 6 * 1024 * 1024;
        var random = new Random(seed);
        var log = _fixture.Log(FullLogPolicy.Block, disk: disk);
        var reader = Task.Run(() => Reading.RunAsync(log, 0, follow: true, async reading =>
        {
            for (var i = random.Next(50); i > 0; i--) await Task.Yield();
            log.Acknowledge(reading.Position - random.Next(3000));
            if (reading.Position == log.Offset) log.Acknowledge(reading.Position);
        }));
        var sizes = new Random(seed + 1);
        for (var offset = 0; offset < Total;)
        {
            var count = Math.Min(Total - offset, sizes.Next(1, 100_000));
            await log.AppendAsync(Pattern.Of(offset, count), Cancel);
            offset += count;
        }

        log.Complete();
        var read = await reader;
        Assert.Equal((0L, (long)Total), (read.Lost, read.Bytes));
    }

    [Fact(Timeout = Deadline)]
    public async Task Cancelling_ends_the_wait_and_the_offset_says_what_was_added()
    {
        var log = _fixture.Log(FullLogPolicy.Block, disk: false);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var append = log.AppendAsync(Pattern.Of(0, 100_000), leaving.Token).AsTask();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => append);
        Assert.Equal(64 * 1024, log.Offset);
        log.Acknowledge(64 * 1024);
        await log.AppendAsync(Pattern.Of(64 * 1024, 10), Cancel);
        Assert.Equal(10, (await Reading.RunAsync(log, 64 * 1024, follow: false)).Bytes);
    }

    [Fact(Timeout = Deadline)]
    public async Task Completing_or_disposing_ends_the_wait()
    {
        var completed = _fixture.Log(FullLogPolicy.Block, disk: false);
        var disposed = _fixture.Log(FullLogPolicy.Block, disk: false);
        var first = completed.AppendAsync(new byte[100_000], Cancel).AsTask();
        var second = disposed.AppendAsync(new byte[100_000], Cancel).AsTask();

        completed.Complete();
        await disposed.DisposeAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => first);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_second_append_beside_one_that_waits_is_refused()
    {
        var log = _fixture.Log(FullLogPolicy.Block, disk: false);
        var waits = log.AppendAsync(Pattern.Of(0, 100_000), Cancel);

        await Assert.ThrowsAsync<InvalidOperationException>(() => log.AppendAsync(new byte[1], Cancel).AsTask());

        log.Acknowledge(long.MaxValue);
        await waits;
        Assert.Equal(100_000, log.Offset);
    }
}
