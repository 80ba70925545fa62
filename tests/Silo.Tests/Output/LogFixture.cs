using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sandbox.Grains.Processes;
using Sandbox.Silo.Output;

namespace Sandbox.Silo.Tests.Output;

/// <summary>A directory, a writer and a clock for logs, all gone after the test.</summary>
internal sealed class LogFixture : IAsyncDisposable
{
    private readonly List<OutputLog> _logs = [];

    public LogFixture() => Directory.CreateDirectory(Root);

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public string Root { get; } = Path.Combine(Path.GetTempPath(), $"output-log-{Guid.NewGuid():n}");

    public string Files => Path.Combine(Root, "files");

    public SpillWriter Writer { get; } = new(threads: 1);

    public FakeTimeProvider Time { get; } = new();

    public CountingLogger Logger { get; } = new();

    /// <summary>Small bounds, so that tests reach them: 64 KiB of memory, files of 64 KiB, and four of them.</summary>
    public static OutputLogOptions Small => new()
    {
        MemoryBytes = 64 * 1024,
        SegmentBytes = 64 * 1024,
        LogBytes = 5 * 64 * 1024,
    };

    public string[] FilesNow => Directory.Exists(Files) ? Directory.GetFiles(Files) : [];

    public OutputLog Log(
        FullLogPolicy policy = FullLogPolicy.DropOldest, OutputLogOptions? options = null, bool disk = true, long start = 0,
        SpillBudget? budget = null, string? directory = null, string name = "stdout")
    {
        var setup = new OutputLogSetup { Name = name, Directory = disk ? directory ?? Files : null, Policy = policy, Start = start };
        var log = new OutputLog(setup, options ?? Small, Writer, budget ?? SpillBudget.Unlimited, Time, Logger);
        _logs.Add(log);
        return log;
    }

    /// <summary>Holds up the disk until the answer is disposed of.</summary>
    public async Task<IDisposable> HoldDiskAsync()
    {
        var held = new TaskCompletionSource();
        var release = new ManualResetEventSlim();
        Writer.Post(() =>
        {
            held.SetResult();
            release.Wait();
        });
        await held.Task.WaitAsync(Cancel);
        return new Released(release);
    }

    public static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(5, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var log in _logs) await log.DisposeAsync();
        Writer.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private sealed class Released(ManualResetEventSlim release) : IDisposable
    {
        public void Dispose() => release.Set();
    }
}

internal sealed class CountingLogger : ILogger
{
    private int _warnings;

    public int Warnings => Volatile.Read(ref _warnings);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Warning) Interlocked.Increment(ref _warnings);
    }
}

/// <summary>What a reader found, checked as it came: bytes where they belong, gaps with exact numbers, nothing twice and nothing silent.</summary>
internal sealed class Reading
{
    public long Position { get; private set; }

    public long Bytes { get; private set; }

    public long Lost { get; private set; }

    public OutputItem? Last { get; private set; }

    public static async Task<Reading> RunAsync(OutputLog log, long from, bool follow, Func<Reading, ValueTask>? after = null)
    {
        var reading = new Reading { Position = from };
        await foreach (var item in log.ReadAsync(new OutputCursor(null, from), follow, LogFixture.Cancel))
        {
            reading.Take(item);
            if (after is not null) await after(reading);
        }

        return reading;
    }

    private void Take(OutputItem item)
    {
        Assert.IsNotType<OutputEnd>(Last);
        Last = item;
        switch (item)
        {
            case OutputData data:
                Assert.Equal(Position, data.Offset);
                Assert.InRange(data.Data.Length, 1, OutputLog.ChunkBytes);
                Pattern.AssertAt(data.Offset, data.Data);
                Position += data.Data.Length;
                Bytes += data.Data.Length;
                break;
            case OutputGap gap:
                Assert.Equal(Position, gap.From);
                Assert.True(gap.To > gap.From);
                Lost += gap.To - gap.From;
                Position = gap.To;
                break;
            case OutputEnd end:
                Assert.Equal(Position, end.Offset);
                break;
        }
    }
}
