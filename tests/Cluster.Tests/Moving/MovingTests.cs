using Sandbox.Cluster.Tests.Hosting;
using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.TestServer;

namespace Sandbox.Cluster.Tests.Moving;

/// <summary>Three silos with real sandboxes: who has them when one is drained, killed, or stands still.</summary>
public sealed class MovingTests(PostgresServer postgres, ITestOutputHelper output)
{
    private const int Deadline = 240_000;
    private const int Continue = 18;
    private const int Stop = 19;
    private static readonly string[] s_ids = ["one", "two", "three", "four", "five", "six"];

    [Fact(Timeout = Deadline)]
    public async Task Every_silo_gets_sandboxes_any_gateway_reaches_them_and_those_of_a_silo_that_is_drained_go_on_elsewhere()
    {
        await using var cluster = TestCluster.Of(await postgres.CreateDatabaseAsync());
        await cluster.StartAsync(3);
        var (first, last) = (cluster.Silos[0], cluster.Silos[2]);
        await using var atFirst = await HubClient.ConnectAsync(first.Address);
        await using var atLast = await HubClient.ConnectAsync(last.Address);
        await CreateAsync(atFirst);
        var counts = cluster.Silos.ConvertAll(TestCluster.ContainersOf);
        output.WriteLine($"containers: {string.Join(", ", counts)}");
        Assert.All(counts, count => Assert.InRange(count, 1, 4));
        var read = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var id in s_ids)
        {
            await NumberedLines.StartAsync(atFirst, id);
            read[id] = await NumberedLines.ReadAsync(atLast, id, 10);
        }

        // A copy of one that runs goes to where there is room, too.
        var forked = await atLast.CallAsync("ForkSandbox", new { id = s_ids[0], count = 3 });
        var forks = forked.GetProperty("sandboxes").EnumerateArray().Select(fork => fork.GetProperty("sandbox").Text("id")).ToList();
        foreach (var id in forks) await NumberedLines.ReadAsync(atLast, id, read[s_ids[0]] + 10);
        var after = cluster.Silos.ConvertAll(TestCluster.ContainersOf);
        output.WriteLine($"with forks: {string.Join(", ", after)}");
        Assert.True(after.Zip(counts).Count(pair => pair.First > pair.Second) >= 2, "The forks are on one silo.");

        var download = await BeginDownloadAsync(cluster, last, atFirst);
        var began = TimeProvider.System.GetTimestamp();
        var stopping = first.StopAsync();
        foreach (var id in s_ids.Concat(forks))
        {
            await NumberedLines.ReadAsync(atLast, id, read.GetValueOrDefault(id) + 20);
            Assert.DoesNotContain("rewound", await NumberedLines.EventsAsync(atLast, id));
        }

        output.WriteLine($"all read elsewhere after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        await download.EndAsync();
        Assert.Equal(0, await stopping);
        Assert.Equal(s_ids.Length + forks.Count, TestCluster.ContainersOf(cluster.Silos[1]) + TestCluster.ContainersOf(last));
    }

    [Fact(Timeout = Deadline)]
    public async Task Those_of_a_silo_that_is_killed_go_on_elsewhere_from_their_last_checkpoints_and_tell_what_is_lost()
    {
        await using var cluster = TestCluster.ThatLosesSilos(await postgres.CreateDatabaseAsync());
        await cluster.StartAsync(3);
        await using var hub = await HubClient.ConnectAsync(cluster.Silos[2].Address);
        await CreateAsync(hub);
        foreach (var id in s_ids)
        {
            await NumberedLines.StartAsync(hub, id);
            await NumberedLines.ReadAsync(hub, id, 10);
        }

        var download = await BeginDownloadAsync(cluster, cluster.Silos[2], hub);
        foreach (var id in s_ids) await hub.CallAsync("CheckpointSandbox", new { id });
        foreach (var id in s_ids) await NumberedLines.ReadAsync(hub, id, 40);
        var there = TestCluster.ContainersOf(cluster.Silos[0]);
        Assert.NotEqual(0, there);
        await cluster.Silos[0].KillAsync();
        var began = TimeProvider.System.GetTimestamp();
        var rewound = 0;
        foreach (var id in s_ids)
        {
            await EventuallyAsync(() => NumberedLines.ReadAsync(hub, id, 60));
            rewound += (await NumberedLines.EventsAsync(hub, id)).Count(type => type == "rewound");
        }

        output.WriteLine($"all read elsewhere after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s, {rewound} of {there} rewound");

        await download.EndAsync();

        // All of that silo's; on a machine that stands still for seconds another may lose one too.
        Assert.InRange(rewound, there, s_ids.Length);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_silo_that_stood_still_until_others_took_its_sandboxes_serves_none_of_them_when_it_goes_on_and_ends()
    {
        await using var cluster = TestCluster.ThatLosesSilos(await postgres.CreateDatabaseAsync());
        await cluster.StartAsync(3);
        var stale = cluster.Silos[0];
        await using var hub = await HubClient.ConnectAsync(cluster.Silos[1].Address);
        await CreateAsync(hub);
        foreach (var id in s_ids)
        {
            await NumberedLines.StartAsync(hub, id);
            await hub.CallAsync("CheckpointSandbox", new { id });
        }

        var there = TestCluster.ContainersOf(stale);
        Assert.NotEqual(0, there);
        stale.Signal(Stop);
        try
        {
            foreach (var id in s_ids) await EventuallyAsync(() => NumberedLines.ReadAsync(hub, id, 20));

            // They run elsewhere, and what stands still still has theirs.
            Assert.Equal(there, TestCluster.ContainersOf(stale));
        }
        finally
        {
            stale.Signal(Continue);
        }

        await TestCluster.UntilAsync(() => stale.Log.Contains("cannot go on as a member", StringComparison.Ordinal), "the silo knows that it is none any more");
        await TestCluster.UntilAsync(() => Traces.Of(stale.DataDirectory, stale.ProcessId) is { Processes.Count: 0 }, "nothing of it runs any more");
        Assert.Equal(70, await stale.StopAsync());
        var rewound = 0;
        foreach (var id in s_ids)
        {
            await NumberedLines.ReadAsync(hub, id, 40);
            rewound += (await NumberedLines.EventsAsync(hub, id)).Count(type => type == "rewound");
        }

        Assert.InRange(rewound, there, s_ids.Length);
    }

    /// <summary>A download of a sandbox of the first silo, in the middle of which it stands still.</summary>
    private static async Task<Download> BeginDownloadAsync(TestCluster cluster, SandboxServer gateway, HubClient hub)
    {
        var sandboxId = s_ids.First(id => cluster.Holds(cluster.Silos[0], id));
        await hub.CallAsync("StartProcess", new { sandboxId, processId = "file", argv = new[] { "sh", "-c", $"seq {Download.Lines} > lines" } });
        Assert.Equal("exited", (await hub.CallAsync("WaitProcess", new { sandboxId, processId = "file" })).GetProperty("process").GetProperty("exit").Text("reason"));
        return await Download.BeginAsync(gateway.Address, sandboxId);
    }

    private static async Task CreateAsync(HubClient hub)
    {
        foreach (var id in s_ids) await hub.CallAsync("CreateSandbox", new { id });
    }

    /// <summary>Tries until the holder that is gone has lost its lease: until then a client is told to try again.</summary>
    private static async Task EventuallyAsync(Func<Task> read)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await read();
                return;
            }
            catch (Microsoft.AspNetCore.SignalR.HubException e) when (
                (e.Message.Contains("unavailable", StringComparison.Ordinal) || e.Message.Contains("timeout", StringComparison.Ordinal))
                && TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(90))
            {
                await Task.Delay(500, TestContext.Current.CancellationToken);
            }
        }
    }
}
