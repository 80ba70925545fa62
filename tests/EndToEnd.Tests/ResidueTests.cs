using System.Net;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests;

/// <summary>What is left on the machine after sandboxes, after a stop, and after a death.</summary>
[Collection(typeof(OneAtATime))]
public sealed class ResidueTests
{
    private const int Deadline = 180_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_hundred_one_offs_leave_nothing_behind()
    {
        await using var server = await SandboxServer.StartAsync("--Pool:Size", "1");
        // Code and buffers that .NET loads on first use are not residue: the first few are not counted.
        for (var i = 0; i < 10; i++) await Run.PythonAsync(server.Http, "print(1)");
        var before = await SettledAsync(server);

        for (var i = 0; i < 100; i++)
        {
            var run = i % 2 == 0 ? await Run.PythonAsync(server.Http, $"print({i})") : await Run.BashAsync(server.Http, $"echo {i}");
            Assert.Equal($"{i}\n", run.Stdout);
        }

        var after = await SettledAsync(server);
        Assert.Equal(before with { Descriptors = 0 }, after with { Descriptors = 0 });
        Assert.InRange(after.Descriptors, 0, before.Descriptors + 4);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_server_that_is_asked_to_stop_is_gone_within_fifteen_seconds_and_leaves_nothing()
    {
        var data = SandboxServer.CreateDataDirectory();
        try
        {
            await using var server = await SandboxServer.StartOnAsync(data);
            using var request = Run.Request("python", "import time\nprint('up', flush=True)\ntime.sleep(100)", "text/plain", "&timeout=120");
            using var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            await using var stream = await response.Content.ReadAsStreamAsync(Cancel);
            await stream.ReadExactlyAsync(new byte[3], Cancel);

            var began = TimeProvider.System.GetTimestamp();
            Assert.Equal(0, await server.StopAsync());

            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(15));
            var traces = Traces.Of(data);
            Assert.Empty(traces.Processes);
            Assert.Empty(traces.Mounts);
            Assert.Empty(traces.Cgroups);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task What_a_killed_server_left_is_removed_by_the_next_one_on_its_data()
    {
        var data = SandboxServer.CreateDataDirectory();
        try
        {
            await using (var killed = await SandboxServer.StartOnAsync(data))
            {
                await Run.PythonAsync(killed.Http, "print(1)");
                await killed.KillAsync();
            }

            await using (var next = await SandboxServer.StartOnAsync(data))
            {
                Assert.Equal("2\n", (await Run.PythonAsync(next.Http, "print(2)")).Stdout);
                await next.StopAsync();
            }

            var traces = Traces.Of(data);
            Assert.Empty(traces.Processes);
            Assert.Empty(traces.Mounts);
            Assert.Empty(traces.Cgroups);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task A_client_that_goes_away_takes_its_program_and_sandbox_along_within_a_second()
    {
        await using var server = await SandboxServer.StartAsync("--Pool:Size", "0", "--Pool:Created", "0");
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var request = Run.Request("python", "import time\nprint('up', flush=True)\ntime.sleep(100)", "text/plain", "&timeout=120");
        using var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        var stream = await response.Content.ReadAsStreamAsync(leaving.Token);
        await stream.ReadExactlyAsync(new byte[3], leaving.Token);
        Assert.NotEmpty(Traces.Of(server.DataDirectory, server.ProcessId).Processes);

        response.Dispose();

        var began = TimeProvider.System.GetTimestamp();
        while (Traces.Of(server.DataDirectory, server.ProcessId).Processes.Count > 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(1), "the sandbox outlived its client by a second");
            await Task.Delay(10, Cancel);
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task A_second_server_on_the_same_data_is_refused_in_one_sentence()
    {
        await using var first = await SandboxServer.StartAsync("--Pool:Size", "0");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => SandboxServer.StartOnAsync(first.DataDirectory));
        Assert.Contains(first.DataDirectory, error.Message);
        Assert.Equal("1\n", (await Run.PythonAsync(first.Http, "print(1)")).Stdout);
    }

    [Fact(Timeout = Deadline)]
    public async Task Overload_is_told_with_the_time_to_come_back()
    {
        await using var server = await SandboxServer.StartAsync(
            "--Pool:Size", "0", "--Pool:Created", "0", "--Pool:MaxSandboxes", "1", "--Pool:Wait", "00:00:00.200");
        // The first sandbox may itself need longer than the short wait: ask until one runs.
        HttpResponseMessage response;
        do
        {
            using var again = Run.Request("python", "import time\nprint('up', flush=True)\ntime.sleep(20)", "text/plain");
            response = await server.Http.SendAsync(again, HttpCompletionOption.ResponseHeadersRead, Cancel);
        }
        while (response.StatusCode == HttpStatusCode.ServiceUnavailable);
        using var held = response;
        Assert.Equal(HttpStatusCode.OK, held.StatusCode);

        using var request = Run.Request("python", "print(1)", "text/plain");
        using var refused = await server.Http.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
    }

    [Fact(Timeout = Deadline)]
    public async Task Sixteen_clients_at_once_are_all_served()
    {
        await using var server = await SandboxServer.StartAsync("--Pool:Wait", "00:01:00");
        var runs = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Run.PythonAsync(server.Http, $"print({i})")));
        Assert.Equal(Enumerable.Range(0, 32).Select(i => $"{i}\n"), runs.Select(run => run.Stdout));
    }

    private static async Task<Settled> SettledAsync(SandboxServer server)
    {
        // The pool refills and removes in the background: until nothing changes any more between two looks half a second apart.
        var last = Look(server);
        while (true)
        {
            await Task.Delay(500, Cancel);
            var now = Look(server);
            if (now == last) return now;
            last = now;
        }
    }

    private static Settled Look(SandboxServer server)
    {
        var traces = Traces.Of(server.DataDirectory, server.ProcessId);
        return new Settled(
            traces.Processes.Count, traces.Mounts.Count, traces.Cgroups.Count, traces.Files.Count, Descriptors(server.ProcessId).Count);
    }

    private static IReadOnlyList<string> Descriptors(int process) =>
        [.. Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(Target).Where(target => !target.EndsWith(".dll", StringComparison.Ordinal))];

    private static string Target(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.FullName ?? descriptor;
        }
        catch (IOException)
        {
            return descriptor; // Closed since.
        }
    }

    private sealed record Settled(int Processes, int Mounts, int Cgroups, int Files, int Descriptors);
}
