using System.Diagnostics;
using Sandbox.Cluster.Tests.Hosting;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Cluster.Tests.Placement;

/// <summary>Many sandboxes on three silos, most of them asleep.</summary>
public sealed class SpreadTests(PostgresServer postgres, ITestOutputHelper output)
{
    private const int Deadline = 570_000;
    private const long Memory = 64L << 20;
    private const long Disk = 16L << 20;
    private const int SlotsOfOne = 16;

    /// <summary>How many live and how many sleep: 30 and 170, or what the variables say.</summary>
    private static readonly (int Live, int Asleep) s_count = (Number("SANDBOX_TEST_CLUSTER_LIVE", 30), Number("SANDBOX_TEST_CLUSTER_SUSPENDED", 170));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task Sandboxes_live_where_there_is_room_sleep_nowhere_and_wake_beside_a_silo_that_is_full()
    {
        await using var cluster = TestCluster.Of(await postgres.CreateDatabaseAsync());
        await cluster.StartAsync(3, "--Pool:MaxSandboxes", $"{SlotsOfOne}");
        await using var hub = await HubClient.ConnectAsync(cluster.Silos[0].Address);
        var (live, asleep) = s_count;
        Assert.InRange(live, 3, (3 * SlotsOfOne) - 6);
        var clock = Stopwatch.StartNew();

        await InParallelAsync(asleep, async number =>
        {
            await hub.CallAsync("CreateSandbox", new { id = $"asleep-{number}", memoryBytes = Memory, diskBytes = Disk, idleTimeout = 3000 });
            await hub.CallAsync("SuspendSandbox", new { id = $"asleep-{number}" });
        });
        output.WriteLine($"{asleep} asleep after {clock.Elapsed.TotalSeconds:0.0} s");
        await TestCluster.UntilAsync(() => cluster.Silos.TrueForAll(silo => TestCluster.ContainersOf(silo) == 0), "nothing is left of those that sleep");

        await InParallelAsync(live, number => hub.CallAsync("CreateSandbox", new { id = $"live-{number}", memoryBytes = Memory, diskBytes = Disk, idleTimeout = 3000 }));
        var counts = cluster.Silos.ConvertAll(TestCluster.ContainersOf);
        output.WriteLine($"{live} live after {clock.Elapsed.TotalSeconds:0.0} s: {string.Join(", ", counts)}");
        Assert.Equal(live, counts.Sum());
        Assert.All(counts, count => Assert.InRange(count, live / 3 / 2, SlotsOfOne));

        // Every gateway lists them all, and no list wakes one.
        await using var other = await HubClient.ConnectAsync(cluster.Silos[2].Address);
        var listed = (await other.CallAsync("ListSandboxes", new { limit = 1000 })).GetProperty("sandboxes").EnumerateArray()
            .CountBy(sandbox => sandbox.Text("status")).ToDictionary(StringComparer.Ordinal);
        Assert.Equal((live, asleep), (listed["running"], listed["suspended"]));

        // More than any silo has room for wake up, through one gateway.
        var room = Math.Min((3 * SlotsOfOne) - live - 3, asleep);
        await InParallelAsync(room, number => hub.CallAsync("RestoreSandbox", new { id = $"asleep-{number}" }));
        counts = cluster.Silos.ConvertAll(TestCluster.ContainersOf);
        output.WriteLine($"{room} awake after {clock.Elapsed.TotalSeconds:0.0} s: {string.Join(", ", counts)}");
        Assert.Equal(live + room, counts.Sum());
        Assert.All(counts, count => Assert.InRange(count, 1, SlotsOfOne));
    }

    [Fact(Timeout = Deadline)]
    public async Task One_that_sleeps_where_no_room_is_left_wakes_elsewhere_however_late_it_is_asked_for_again()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var cluster = TestCluster.Of(database);
        await cluster.StartAsync(2, "--Pool:MaxSandboxes", "3");
        await using var hub = await HubClient.ConnectAsync(cluster.Silos[0].Address);
        await using var client = await ClusterClient.ConnectAsync(database);
        foreach (var id in (string[])["sleeper", "one", "two", "three", "four", "five"])
        {
            await hub.CallAsync("CreateSandbox", new { id, memoryBytes = Memory, diskBytes = Disk, idleTimeout = 3000 });
            if (id == "sleeper") await hub.CallAsync("SuspendSandbox", new { id });
        }

        // A client of the grains, which makes no call again by itself.
        var silos = new List<SiloAddress?>();
        foreach (var id in (string[])["one", "two", "three", "four", "five"]) silos.Add(await client.SiloOfAsync($"default/{id}"));
        var full = silos.GroupBy(silo => silo).Single(silo => silo.Count() == 3).Key;
        if (!Equals(await client.SiloOfAsync("default/sleeper"), full)) await client.SendElsewhereAsync("default/sleeper");
        var moved = await client.Sandbox("default/sleeper").RestoreAsync(Cancel);
        Assert.Equal(SandboxErrorCode.Moved, moved.Error?.Code);
        await Task.Delay(1000, Cancel);
        var woken = await client.Sandbox("default/sleeper").RestoreAsync(Cancel);
        Assert.True(woken.Succeeded, woken.Error?.Message);
        Assert.Equal([3, 3], cluster.Silos.ConvertAll(TestCluster.ContainersOf));
    }

    private static Task InParallelAsync(int count, Func<int, Task> act) => Parallel.ForEachAsync(
        Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancel }, async (number, _) => await act(number));

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : otherwise;
}
