using System.Diagnostics;
using System.Net.Http.Json;
using Sandbox.TestServer;

namespace Sandbox.Bench;

/// <summary>From the creation of a sandbox to the first result of pandas in it: cold, and from the start state, in turn.</summary>
internal static class StartRows
{
    private const string Code = "import sys; loaded = 'pandas' in sys.modules\nimport pandas; print(int(pandas.Series([1, 2]).sum()), loaded)";
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(2);

    public static async Task PrintAsync(string platform, int rounds)
    {
        await using var server = await SandboxServer.StartAsync("--Runsc:Platform", platform);
        // The first that asks has the state made.
        while (await FirstResultAsync(server, "pandas") != "3 True\n") await Task.Delay(_pause);
        var (cold, begun) = (new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            var (one, other) = (await TimeAsync(server, start: null, "3 False\n"), await TimeAsync(server, "pandas", "3 True\n"));
            if (round < 0) continue;
            cold.Add(one);
            begun.Add(other);
        }

        Console.WriteLine($"\nFrom creating a sandbox to `pandas.Series([1, 2]).sum()` over HTTP, {rounds} rounds, {platform} platform\n");
        Console.WriteLine("| what | median ms | p95 ms | to cold |");
        Console.WriteLine("|---|---:|---:|---:|");
        foreach (var (name, times) in new[] { ("cold", cold), ("`start: \"pandas\"`", begun) })
            Console.WriteLine($"| {name} | {Sample.Of(times).Median:0} | {Sample.Of(times).At(0.95):0} | {Sample.Of(times).Median / Sample.Of(cold).Median:0.00}x |");
    }

    private static async Task<double> TimeAsync(SandboxServer server, string? start, string expected)
    {
        await Task.Delay(_pause);
        var began = Stopwatch.GetTimestamp();
        var result = await FirstResultAsync(server, start);
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return result == expected ? took : throw new InvalidOperationException($"It answered '{result}'.");
    }

    private static async Task<string> FirstResultAsync(SandboxServer server, string? start)
    {
        await PostAsync(server, "/v1/sandboxes", start is null ? new { id = "first" } : new { id = "first", start });
        await PostAsync(server, "/v1/sandboxes/first/processes", new { processId = "p", language = "python", code = Code });
        var result = await server.Http.GetStringAsync("/v1/sandboxes/first/processes/p/output?offset=0");
        using var deleted = await server.Http.DeleteAsync("/v1/sandboxes/first");
        deleted.EnsureSuccessStatusCode();
        return result;
    }

    private static async Task PostAsync(SandboxServer server, string path, object body)
    {
        using var response = await server.Http.PostAsJsonAsync(path, body);
        if (!response.IsSuccessStatusCode) throw new HttpRequestException($"{path}: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }
}
