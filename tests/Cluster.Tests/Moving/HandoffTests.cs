using Orleans.Streams;
using Sandbox.Cluster.Tests.Hosting;
using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.Grains.Events;

namespace Sandbox.Cluster.Tests.Moving;

/// <summary>A grain that finds itself on another silo than its sandbox: the holder is asked, by a call, to let it go.</summary>
public sealed class HandoffTests(PostgresServer postgres, ITestOutputHelper output)
{
    private const int Deadline = 180_000;
    private const string Id = "handed";

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_follows_its_grain_without_losing_anything_and_watchers_of_the_stream_hear_of_it()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var cluster = TestCluster.Of(database);
        await cluster.StartAsync(2);
        await using var hub = await HubClient.ConnectAsync(cluster.Silos[0].Address);
        await using var client = await ClusterClient.ConnectAsync(database);
        var seen = new List<SandboxEventType>();
        await client.Streams.GetStream<SandboxNotice>(SandboxStreams.Of("default")).SubscribeAsync((notice, _) =>
        {
            lock (seen) seen.Add(notice.Event.Type);
            return Task.CompletedTask;
        });
        await hub.CallAsync("CreateSandbox", new { id = Id });
        await NumberedLines.StartAsync(hub, Id);
        var read = await NumberedLines.ReadAsync(hub, Id, 10);
        var holder = cluster.Silos.FindIndex(silo => TestCluster.ContainersOf(silo) == 1);

        var began = TimeProvider.System.GetTimestamp();
        await client.SendElsewhereAsync($"default/{Id}");
        read = await NumberedLines.ReadAsync(hub, Id, read + 20);
        output.WriteLine($"handed over after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        Assert.Equal(1, TestCluster.ContainersOf(cluster.Silos[1 - holder]));
        await TestCluster.UntilAsync(() => TestCluster.ContainersOf(cluster.Silos[holder]) == 0, "the holder has let it go");
        var events = await NumberedLines.EventsAsync(hub, Id);
        Assert.DoesNotContain("rewound", events);
        Assert.Contains("suspended", events);
        Assert.Contains("restored", events);
        await TestCluster.UntilAsync(() => Saw(SandboxEventType.Restored), "the stream has told it");

        // And back, as often as anybody likes.
        await client.SendElsewhereAsync($"default/{Id}");
        await NumberedLines.ReadAsync(hub, Id, read + 20);
        Assert.Equal(1, TestCluster.ContainersOf(cluster.Silos[holder]));

        bool Saw(SandboxEventType type)
        {
            lock (seen) return seen.Contains(type);
        }
    }
}
