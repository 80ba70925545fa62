using System.Diagnostics;
using Sandbox.TestServer;

namespace Sandbox.Bench;

/// <summary>Suspending and waking over HTTP, beside <c>runsc checkpoint</c> and <c>runsc restore</c> of a plain container of the same program.</summary>
internal sealed class SleepRows(string platform, SandboxServer server) : IAsyncDisposable
{
    private const int Forks = 10;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(700);

    public static async Task<SleepRows> StartAsync(string platform) => new(platform, await SandboxServer.StartAsync("--Runsc:Platform", platform));

    public async Task LatencyAsync(int rounds)
    {
        Console.WriteLine($"\nSleeping and waking over HTTP, {rounds} rounds, {platform} platform. Waking is from the call that wakes to the program's answer to it\n");
        Console.WriteLine("| what | suspend ms | p95 | wake ms | p95 | stored MB | in a GB | plain `runsc checkpoint` ms | p95 | `runsc restore` ms | p95 |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var sleeper in Sleeper.All) await LatencyAsync(sleeper, sleeper.Large ? Math.Max(3, rounds / 3) : rounds);
    }

    public async Task ForkAsync(int rounds)
    {
        await using var one = await HttpSandbox.CreateAsync(server, "forked");
        await one.StartAsync(Sleeper.All[0]);
        var times = new List<double>();
        for (var round = -1; round < rounds; round++)
        {
            await Task.Delay(_pause);
            var began = Stopwatch.GetTimestamp();
            var forks = await one.ForkAsync(Forks);
            if (round >= 0) times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            foreach (var fork in forks) await fork.DisposeAsync();
        }

        var sample = Sample.Of(times);
        Console.WriteLine($"\n{Forks} forks of an idle shell: {sample.Median:0} ms (median of {rounds}), {sample.At(0.95):0} ms (p95)");
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task LatencyAsync(Sleeper sleeper, int rounds)
    {
        await using var ours = await HttpSandbox.CreateAsync(server, "sleeper");
        await ours.StartAsync(sleeper);
        await using var plain = await PlainSleeper.StartAsync(platform, sleeper);
        var (suspend, wake, checkpoint, restore) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = -2; round < rounds; round++)
        {
            var (slept, woke) = (await TimeAsync(ours.SuspendAsync), await TimeAsync(ours.AskAsync));
            var (stopped, back) = (await TimeAsync(plain.CheckpointAsync), await TimeAsync(plain.RestoreAsync));
            if (round < 0) continue;
            suspend.Add(slept);
            wake.Add(woke);
            checkpoint.Add(stopped);
            restore.Add(back);
        }

        var bytes = (await ours.CheckpointBytesAsync())[^1];
        Console.WriteLine(
            $"| {sleeper.Name} | {Of(suspend)} | {Of(wake)} | {bytes / 1e6:0.0} | {1e9 / bytes:0} | {Of(checkpoint)} | {Of(restore)} |");
    }

    private static string Of(List<double> times) => $"{Sample.Of(times).Median:0} | {Sample.Of(times).At(0.95):0}";

    private static async Task<double> TimeAsync(Func<Task> act)
    {
        await Task.Delay(_pause);
        var began = Stopwatch.GetTimestamp();
        await act();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
