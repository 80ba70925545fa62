using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Sandbox.Grains.Processes;
using Sandbox.Silo.Output;

namespace Sandbox.Silo.Tests.Output;

/// <summary>Figures for a person, run by <c>-explicit only</c>: they depend on the machine, so nothing is asserted of them.</summary>
public sealed class OutputLogFigures
{
    private const int Chunk = 64 * 1024;
    private const int Total = 1_024 * 1024 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Explicit = true)]
    [InlineData("in memory", FullLogPolicy.Block, false, Chunk)]
    [InlineData("through the spill, blocking", FullLogPolicy.Block, true, Chunk)]
    [InlineData("through the spill, dropping", FullLogPolicy.DropOldest, true, Chunk)]
    [InlineData("in memory, by 100 bytes", FullLogPolicy.Block, false, 100)]
    public async Task Append_and_one_follower(string name, FullLogPolicy policy, bool disk, int size)
    {
        var total = (int)Math.Min(Total, size * 3_000_000L);
        var root = Directory.CreateTempSubdirectory("output-figures-").FullName;
        using var writer = new SpillWriter();
        await using (var log = Log(writer, policy, disk ? root : null))
        {
            var data = new byte[size];
            var allocated = GC.GetTotalAllocatedBytes();
            var watch = Stopwatch.StartNew();
            var reader = Task.Run(
                async () =>
                {
                    var (read, lost, items) = (0L, 0L, 0);
                    await foreach (var item in log.ReadAsync(new OutputCursor(null, 0), follow: true, Cancel))
                    {
                        items++;
                        if (item is OutputGap gap) lost += gap.To - gap.From;
                        if (item is not OutputData chunk) continue;
                        read += chunk.Data.Length;
                        log.Acknowledge(chunk.Offset + chunk.Data.Length);
                    }

                    return (read, lost, items);
                },
                Cancel);
            for (var offset = 0; offset < total; offset += size) await log.AppendAsync(data, Cancel);
            log.Complete();
            var (read, lost, items) = await reader;
            var seconds = watch.Elapsed.TotalSeconds;
            Write($"{name}: {total / seconds / 1e6:0} MB/s, {items} items, lost {lost}, {(GC.GetTotalAllocatedBytes() - allocated) / (double)read:0.00} bytes allocated a byte read");
        }

        Directory.Delete(root, recursive: true);
    }

    [Fact(Explicit = true)]
    public async Task A_byte_to_a_follower_while_another_log_floods_the_disk()
    {
        var root = Directory.CreateTempSubdirectory("output-figures-").FullName;
        using var writer = new SpillWriter();
        using var enough = new CancellationTokenSource();
        await using (var live = Log(writer, FullLogPolicy.DropOldest, root, "live"))
        await using (var flooded = Log(writer, FullLogPolicy.DropOldest, root, "flood"))
        {
            await MeasureAsync("quiet");
            var flood = Task.Run(
                async () =>
                {
                    var data = new byte[Chunk];
                    while (!enough.IsCancellationRequested) await flooded.AppendAsync(data, Cancel);
                },
                Cancel);
            await MeasureAsync("beside a flood");
            await enough.CancelAsync();
            await flood;

            async Task MeasureAsync(string name)
            {
                var times = new List<double>();
                await using var reader = live.ReadAsync(new OutputCursor(null, live.Offset), follow: true, Cancel).GetAsyncEnumerator(Cancel);
                for (var i = 0; i < 5_000; i++)
                {
                    var next = reader.MoveNextAsync();
                    Assert.False(next.IsCompleted);
                    var start = Stopwatch.GetTimestamp();
                    await live.AppendAsync(new byte[1], Cancel);
                    Assert.True(await next);
                    times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
                }

                times.Sort();
                Write($"{name}: p50 {times[2_500]:0.0} us, p99 {times[4_950]:0.0} us, most {times[^1]:0} us");
            }
        }

        Directory.Delete(root, recursive: true);
    }

    private static OutputLog Log(SpillWriter writer, FullLogPolicy policy, string? directory, string name = "stdout") => new(
        new OutputLogSetup { Name = name, Directory = directory, Policy = policy }, new OutputLogOptions(), writer, SpillBudget.Unlimited,
        TimeProvider.System, NullLogger.Instance);

    private static void Write(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);
}
