using System.Text.Json;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>A server that ends while sandboxes live on it.</summary>
public sealed class StopTests(ITestOutputHelper output) : IDisposable
{
    private const int Deadline = 180_000;
    private static readonly TimeSpan Allowed = TimeSpan.FromSeconds(15);

    private readonly string _data = SandboxServer.CreateDataDirectory();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact(Timeout = Deadline)]
    public async Task A_server_that_is_asked_to_stop_ends_its_sandboxes_and_connections_within_fifteen_seconds()
    {
        await using var server = await SandboxServer.StartOnAsync(_data);
        await using var hub = await HubClient.ConnectAsync(server.Address);
        string[] ids = ["busy", "idle", "frozen"];
        foreach (var id in ids) await hub.CallAsync("CreateSandbox", new { id });
        await hub.CallAsync("StartProcess", new { sandboxId = "busy", processId = "p", argv = new[] { "yes" } });
        await hub.CallAsync("StartProcess", new { sandboxId = "frozen", processId = "p", argv = new[] { "sh", "-c", "while :; do date; sleep 0.1; done" }, terminal = new { } });
        await hub.CallAsync("PauseSandbox", new { id = "frozen" });

        // All that a connection can be doing: readers that follow, one that stalls, a call that waits.
        var doing = new[]
        {
            Ended(ReadAsync(hub.StreamAsync("ReadOutput", new { sandboxId = "busy", processId = "p", readId = "stalls" }))),
            Ended(ReadAsync(hub.ReadOutputAsync("frozen", "p", "terminal"))),
            Ended(ReadAsync(hub.StreamAsync("ReadEvents", new { sandboxId = "idle" }))),
            Ended(hub.CallAsync("WaitProcess", new { sandboxId = "busy", processId = "p", timeout = 300 })),
        };
        using var events = await server.Http.GetAsync("/v1/sandboxes/idle/events", HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var reader = new StreamReader(await events.Content.ReadAsStreamAsync(Cancel));
        Assert.Equal("created", JsonDocument.Parse((await reader.ReadLineAsync(Cancel))!).RootElement.Type());
        Assert.DoesNotContain(doing, one => one.IsCompleted);

        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, await server.StopAsync());

        var took = TimeProvider.System.GetElapsedTime(began);
        output.WriteLine($"stopped in {took.TotalSeconds:0.0} s");
        output.WriteLine(server.Log);
        Assert.True(took < Allowed, $"It took {took.TotalSeconds:0.0} s.");
        Assert.Equal("failure", JsonDocument.Parse((await reader.ReadLineAsync(Cancel))!).RootElement.Type());
        await Task.WhenAll(doing).WaitAsync(Allowed, Cancel);
        AssertQuiet(server.Log);
        AssertNothingLeft();

        // What ran goes on with the next server, when somebody wants it.
        await using var next = await SandboxServer.StartOnAsync(_data, "--Pool:Size", "0");
        await using var again = await HubClient.ConnectAsync(next.Address);
        var listed = (await again.CallAsync("ListSandboxes", new { })).GetProperty("sandboxes").EnumerateArray().ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), listed.Select(sandbox => sandbox.Text("id")));
        Assert.All(listed, sandbox => Assert.Equal("suspended", sandbox.Text("status")));
        foreach (var id in ids.Where(id => id != "idle"))
        {
            var before = Wrote(await again.CallAsync("DescribeProcess", new { sandboxId = id, processId = "p" }));
            await again.CallAsync("AttachSandbox", new { id });
            while (Wrote(await again.CallAsync("DescribeProcess", new { sandboxId = id, processId = "p" })) == before) await Task.Delay(20, Cancel);
        }

        foreach (var id in ids) await again.DeleteAsync(id);
        Assert.Equal(0, await next.StopAsync());
        AssertQuiet(next.Log);
        AssertNothingLeft();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_of_a_server_that_was_killed_goes_back_to_its_last_checkpoint_and_says_what_is_lost()
    {
        string checkpoint;
        await using (var server = await SandboxServer.StartOnAsync(_data, "--Pool:Size", "0"))
        {
            await using var hub = await HubClient.ConnectAsync(server.Address);
            await hub.CallAsync("CreateSandbox", new { id = "mine" });
            await hub.CallAsync("StartProcess", new { sandboxId = "mine", processId = "p", argv = new[] { "sh", "-c", "while :; do date; sleep 0.02; done" } });
            checkpoint = (await hub.CallAsync("CheckpointSandbox", new { id = "mine" })).GetProperty("checkpoint").Text("id");
            await hub.CallAsync("StartProcess", new { sandboxId = "mine", processId = "lost", argv = new[] { "sleep", "1000" } });
            await server.KillAsync();
        }

        await using var next = await SandboxServer.StartOnAsync(_data, "--Pool:Size", "0");
        await using var again = await HubClient.ConnectAsync(next.Address);
        Assert.Equal("suspended", (await again.CallAsync("DescribeSandbox", new { id = "mine" })).Status());
        var events = new List<JsonElement>();
        await foreach (var happened in again.StreamAsync("ReadEvents", new { sandboxId = "mine", follow = false })) events.Add(happened);
        var rewound = events.Single(happened => happened.Type() == "rewound");
        Assert.Equal((checkpoint, 2), (rewound.Text("checkpointId"), rewound.GetProperty("timeline").GetInt64()));
        Assert.Contains("crashed", rewound.Text("reason"), StringComparison.Ordinal);
        var unknown = await again.FailAsync("StartProcess", new { sandboxId = "mine", processId = "lost", argv = new[] { "true" }, epoch = 1, timeline = 1 });
        Assert.Equal("unknown", unknown.Text("code"));
        var processes = (await again.CallAsync("ListProcesses", new { sandboxId = "mine" })).GetProperty("processes").EnumerateArray();
        Assert.Equal("p", Assert.Single(processes).Text("id"));
        await again.DeleteAsync("mine");
        Assert.Equal(0, await next.StopAsync());
        AssertQuiet(next.Log);
        AssertNothingLeft();
    }

    [Theory(Timeout = Deadline)]
    [InlineData("/server.lock")]
    [InlineData("containers/cgroups")]
    public async Task A_server_that_is_asked_to_stop_while_it_starts_does_so_and_complains_of_nothing(string soonAs)
    {
        await using var server = SandboxServer.Begin(_data);
        while (!Directory.EnumerateFileSystemEntries(_data, "*", SearchOption.AllDirectories).Any(entry => entry.EndsWith(soonAs, StringComparison.Ordinal)))
        {
            await Task.Delay(5, Cancel);
        }

        Assert.Equal(0, await server.StopAsync());
        output.WriteLine(server.Log);
        AssertQuiet(server.Log);
        AssertNothingLeft();
    }

    [Fact(Timeout = Deadline)]
    public async Task Sandboxes_of_a_server_that_was_killed_are_ended_and_reported_as_failed()
    {
        string[] ids = ["busy", "idle", "frozen"];
        await using (var server = await SandboxServer.StartOnAsync(_data, "--Pool:Size", "0"))
        {
            await using var hub = await HubClient.ConnectAsync(server.Address);
            foreach (var id in ids) await hub.CallAsync("CreateSandbox", new { id, labels = new { kind = "kept" } });
            await hub.CallAsync("StartProcess", new { sandboxId = "busy", processId = "p", argv = new[] { "sleep", "1000" } });
            await hub.CallAsync("PauseSandbox", new { id = "frozen" });
            await hub.CallAsync("CreateSandbox", new { id = "gone" });
            await hub.CallAsync("DeleteSandbox", new { id = "gone" });
            await server.KillAsync();
        }

        await AssertFailedAsync(ids, "crashed");
        AssertNothingLeft();
    }

    private async Task AssertFailedAsync(string[] ids, string why)
    {
        await using var next = await SandboxServer.StartOnAsync(_data, "--Pool:Size", "0", "--Pool:Created", "0");
        await using var hub = await HubClient.ConnectAsync(next.Address);
        Assert.Empty(Traces.Of(_data, next.ProcessId).Processes);
        foreach (var id in ids)
        {
            var sandbox = (await hub.CallAsync("DescribeSandbox", new { id })).GetProperty("sandbox");
            Assert.Equal("failed", sandbox.Text("status"));
            Assert.Contains(why, sandbox.Text("reason"), StringComparison.Ordinal);
            var gone = await hub.FailAsync("StartProcess", new { sandboxId = id, argv = new[] { "true" } });
            Assert.Equal(("gone", "failed"), (gone.Text("code"), gone.Text("status")));
            var types = new List<string>();
            await foreach (var happened in hub.StreamAsync("ReadEvents", new { sandboxId = id })) types.Add(happened.Type());
            Assert.Equal(("created", "failed"), (types[0], types[^1]));
        }

        var listed = (await hub.CallAsync("ListSandboxes", new { })).GetProperty("sandboxes").EnumerateArray().ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), listed.Select(sandbox => sandbox.Text("id")));
        Assert.All(listed, sandbox => Assert.Equal("failed", sandbox.Text("status")));

        // The id is free for another sandbox, with a higher epoch.
        var again = (await hub.CallAsync("CreateSandbox", new { id = ids[0], cwd = "/tmp" })).GetProperty("sandbox");
        Assert.Equal(2, again.GetProperty("epoch").GetInt64());
        await hub.DeleteAsync(ids[0]);
        Assert.Equal(0, await next.StopAsync());
        AssertQuiet(next.Log);
    }

    private void AssertNothingLeft()
    {
        var traces = Traces.Of(_data);
        Assert.Empty(traces.Processes);
        Assert.Empty(traces.Mounts);
        Assert.Empty(traces.Cgroups);
    }

    private static long Wrote(JsonElement answer) => answer.GetProperty("process").GetProperty("channels")[0].Offset();

    private static void AssertQuiet(string log)
    {
        Assert.DoesNotContain("Exception", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", log, StringComparison.Ordinal);
    }

    private static async Task ReadAsync(IAsyncEnumerable<JsonElement> items)
    {
        await foreach (var item in items) Assert.NotEqual(JsonValueKind.Undefined, item.ValueKind);
    }

    private static async Task Ended(Task task)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => task);
        Assert.True(HubClient.IsLoss(failure) || failure.Message.Contains("unavailable", StringComparison.Ordinal), failure.ToString());
    }
}
