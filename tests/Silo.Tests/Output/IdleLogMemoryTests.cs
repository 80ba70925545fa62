using Sandbox.Silo.Output;

namespace Sandbox.Silo.Tests.Output;

/// <summary>Measures the heap, which is everybody's: nothing else runs beside it.</summary>
[Collection("alone")]
public sealed class IdleLogMemoryTests : IAsyncDisposable
{
    private const int Deadline = 60_000;
    private readonly LogFixture _fixture = new();

    private static CancellationToken Cancel => LogFixture.Cancel;

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact(Timeout = Deadline)]
    public async Task Many_idle_logs_cost_little_memory()
    {
        const int Count = 2_000;
        var options = new OutputLogOptions();
        var before = Heap();
        var logs = new OutputLog[Count];
        for (var i = 0; i < Count; i++)
        {
            logs[i] = _fixture.Log(options: options, name: $"log-{i}");
            await logs[i].AppendAsync("root@sandbox:~# "u8.ToArray(), Cancel);
        }

        var each = (Heap() - before) / Count;

        TestContext.Current.TestOutputHelper?.WriteLine($"{each} bytes for an idle log");
        Assert.True(each <= 4_000, $"{each} bytes");
        GC.KeepAlive(logs);
    }

    [Fact(Timeout = Deadline)]
    public async Task Ended_logs_that_said_much_cost_little_memory()
    {
        const int Count = 100;
        var options = new OutputLogOptions();
        var data = Pattern.Of(0, 200_000);
        var before = Heap();
        for (var i = 0; i < Count; i++)
        {
            var log = _fixture.Log(options: options, name: $"log-{i}");
            await log.AppendAsync(data, Cancel);
            log.Complete();
        }

        await LogFixture.UntilAsync(() => _fixture.FilesNow.Sum(file => new FileInfo(file).Length) >= Count * (200_000 - options.EndedMemoryBytes));
        var each = (Heap() - before) / Count;

        TestContext.Current.TestOutputHelper?.WriteLine($"{each} bytes for an ended log");
        Assert.True(each <= options.EndedMemoryBytes + 8_000, $"{each} bytes");
        GC.KeepAlive(data);
    }

    // What earlier tests have left may go meanwhile, and then the logs seem to cost less than nothing: it goes before, as far as it can.
    private static long Heap()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
