using System.Diagnostics;
using System.Text.Json;
using Sandbox.TestServer;

namespace Sandbox.Bench;

/// <summary>What it costs to have many sandboxes suspended.</summary>
internal static class ManyAsleep
{
    private const int Sandboxes = 10_000;
    private const string Pattern = "s00000";
    private const int PageSize = 1_000;

    public static async Task PrintAsync(string platform, int rounds)
    {
        var data = SandboxServer.CreateDataDirectory();
        try
        {
            string record;
            await using (var first = await SandboxServer.StartOnAsync(data, "--Runsc:Platform", platform))
            {
                var one = await HttpSandbox.CreateAsync(first, Pattern);
                await one.StartAsync(Sleeper.All[0]);
                await one.SuspendAsync();
                // Beside its head, which lists do not read.
                record = Directory.EnumerateFiles(Path.Combine(data, "blobs", "names"), $"{Pattern}@", SearchOption.AllDirectories)
                    .Single(file => file.Contains("/grains/", StringComparison.Ordinal));
            }

            var few = await MeasureAsync(data, platform, rounds);
            for (var i = 1; i < Sandboxes; i++) File.Copy(record, Path.Combine(Path.GetDirectoryName(record)!, $"s{i:00000}@"));
            var many = await MeasureAsync(data, platform, rounds);
            if (many.Count != Sandboxes) throw new InvalidOperationException($"{many.Count} were listed.");
            Console.WriteLine(
                $"\n{Sandboxes} suspended sandboxes: listed in {many.All.Median:0} ms (median; p95 {many.All.At(0.95):0}), by pages of {PageSize} in {many.Pages.Median:0} ms, and first thing "
                + $"after the server's start in {many.First:0} ms, where one sandbox is listed in {few.First:0} ms; the server takes {many.Megabytes:0} MB after that, and with one suspended "
                + $"sandbox, listed as often, {few.Megabytes:0} MB");
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<(int Count, double First, Sample Pages, Sample All, double Megabytes)> MeasureAsync(string data, string platform, int rounds)
    {
        await using var server = await SandboxServer.StartOnAsync(data, "--Runsc:Platform", platform, "--Pool:Size", "0", "--Pool:Created", "0");
        var (pages, all) = (new List<double>(), new List<double>());
        var (count, first) = await ListAsync(server, Sandboxes);
        for (var round = -3; round < rounds; round++)
        {
            var (_, whole) = await ListAsync(server, Sandboxes);
            var (_, paged) = await ListAsync(server, PageSize);
            if (round < 0) continue;
            all.Add(whole);
            pages.Add(paged);
        }

        using var process = Process.GetProcessById(server.ProcessId);
        return (count, first, Sample.Of(pages), Sample.Of(all), process.WorkingSet64 / 1e6);
    }

    /// <summary>Lists all, by pages: the time from each page's request to its last byte.</summary>
    private static async Task<(int Count, double Milliseconds)> ListAsync(SandboxServer server, int limit)
    {
        var (count, after, took) = (0, "", TimeSpan.Zero);
        while (true)
        {
            var began = Stopwatch.GetTimestamp();
            var answer = await server.Http.GetByteArrayAsync(new Uri($"/v1/sandboxes?limit={limit}{after}", UriKind.Relative));
            took += Stopwatch.GetElapsedTime(began);
            using var page = JsonDocument.Parse(answer);
            count += page.RootElement.GetProperty("sandboxes").GetArrayLength();
            if (!page.RootElement.TryGetProperty("next", out var next)) return (count, took.TotalMilliseconds);
            after = $"&after={next}";
        }
    }
}
