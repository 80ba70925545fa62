using System.Text;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>Grains go when nobody has called them for a while. What runs must not notice.</summary>
public sealed class CollectionTests
{
    private const int Deadline = 180_000;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(12);

    [Fact(Timeout = Deadline)]
    public async Task Nothing_is_lost_while_idle_grains_are_collected_every_few_seconds()
    {
        await using var server = await SandboxServer.StartAsync(
            "--Grains:CollectionQuantum", "00:00:01", "--Grains:CollectionAge", "00:00:02", "--Pool:Size", "0");
        await using var hub = await HubClient.ConnectAsync(server.Address);
        await using var read = await TestSandbox.CreateAsync(hub);
        await using var idle = await TestSandbox.CreateAsync(hub);
        await using var unread = await TestSandbox.CreateAsync(hub);
        await idle.RunAsync("sh", "-c", "echo kept > file");
        await unread.PythonAsync("p", Counting(50));
        await read.PythonAsync("p", Counting(300));

        // One sandbox has a reader, one a program that nobody reads, one nothing at all.
        var began = TimeProvider.System.GetTimestamp();
        var lines = Encoding.ASCII.GetString(await read.OutputAsync("p"));
        Assert.True(TimeProvider.System.GetElapsedTime(began) > Long, "The grains had no time to be collected.");
        Assert.Equal(Lines(300), lines);
        Assert.Equal(Lines(50), Encoding.ASCII.GetString(await unread.OutputAsync("p")));
        Assert.Equal("kept\n", await idle.RunAsync("cat", "file"));
        foreach (var sandbox in new[] { read, idle, unread })
        {
            var now = (await hub.CallAsync("DescribeSandbox", new { id = sandbox.Id })).GetProperty("sandbox");
            Assert.Equal(("running", 1), (now.Text("status"), now.GetProperty("epoch").GetInt64()));
        }

        // The events are as they would be without.
        var types = new List<string>();
        await foreach (var happened in hub.StreamAsync("ReadEvents", new { sandboxId = unread.Id, follow = false })) types.Add(happened.Type());
        Assert.Equal(["created", "process_started", "process_exited"], types);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_idle_sandbox_still_ends_at_its_time_when_its_grain_may_be_collected()
    {
        await using var server = await SandboxServer.StartAsync(
            "--Grains:CollectionQuantum", "00:00:01", "--Grains:CollectionAge", "00:00:02", "--Pool:Size", "0");
        await using var hub = await HubClient.ConnectAsync(server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub, new { idleTimeout = 8 });
        var types = new List<string>();
        await foreach (var happened in hub.StreamAsync("ReadEvents", new { sandboxId = sandbox.Id })) types.Add(happened.Type());
        Assert.Equal(["created", "idle_warning", "deleting", "deleted"], types);
    }

    private static string Counting(int lines) => $"""
        import time
        for i in range({lines}):
            print(i)
            time.sleep(0.05)
        """;

    private static string Lines(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"{i}\n"));
}
