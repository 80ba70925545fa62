using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.Grains.Faults;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>Two servers on one store, of which one dies while a sandbox goes from the first to the second.</summary>
public sealed class HandoffCrashTests(ITestOutputHelper output)
{
    private const int Deadline = 600_000;
    private const string Id = "handed";
    private static readonly TimeSpan DiesWithin = TimeSpan.FromSeconds(40);

    /// <summary>The points that the first server dies at.</summary>
    private static readonly FaultPoint[] OfTheHolder = TortureSettings.IsLong
        ? [FaultPoint.HandoffSeen, FaultPoint.SuspendRecorded, FaultPoint.CheckpointHeld, FaultPoint.CheckpointStored, FaultPoint.CheckpointCommitted,
            FaultPoint.SuspendSlept, FaultPoint.HoldEnding, FaultPoint.HoldReleased, FaultPoint.HandoffLetGo]
        : [FaultPoint.HandoffSeen, FaultPoint.CheckpointStored, FaultPoint.HoldEnding, FaultPoint.HandoffLetGo];

    /// <summary>The points that the second one dies at.</summary>
    private static readonly FaultPoint[] OfTheOther = [FaultPoint.HandoffRequested, FaultPoint.RestoreHeld];

    /// <summary>The points that are walked over here.</summary>
    internal static IEnumerable<FaultPoint> Points => OfTheHolder.Concat(OfTheOther);

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_whose_holder_dies_while_it_hands_it_over_goes_on_where_it_was_asked_for()
    {
        await using var store = new SharedStore();
        using var faults = new FaultFile();
        await using var two = await store.StartAsync(store.Two);
        await using var atTwo = await HubClient.ConnectAsync(two.Address);
        foreach (var point in OfTheHolder)
        {
            int read;
            await using (var one = await store.StartAsync(store.One, faults.Arguments))
            {
                read = await CountAsync(one);
                faults.DieAt(point);

                // It waits for the lease of the dead one as long as it takes.
                await Task.WhenAll(Counting.ReadAnywayAsync(atTwo, Id, read + 10), one.EndedAsync(DiesWithin));
                faults.Clear();
            }

            await AssertToldAsync(atTwo, point is FaultPoint.HandoffSeen);

            // The next life of the first takes nothing back, and gets it when it asks.
            await using (var again = await store.StartAsync(store.One))
            {
                Assert.Empty(Traces.Of(store.One, again.ProcessId).Processes);
                await using var atOne = await HubClient.ConnectAsync(again.Address);
                await Counting.ReadAnywayAsync(atOne, Id, read + 20);
                await atOne.DeleteAsync(Id);
            }

            output.WriteLine($"{point}");
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_was_asked_for_by_a_server_that_dies_then_goes_on_wherever_it_is_wanted()
    {
        await using var store = new SharedStore();
        using var faults = new FaultFile();
        await using var one = await store.StartAsync(store.One);
        await using var atOne = await HubClient.ConnectAsync(one.Address);
        foreach (var point in OfTheOther)
        {
            var read = await CountAsync(one);
            await using (var two = await store.StartAsync(store.Two, faults.Arguments))
            {
                await using var atTwo = await HubClient.ConnectAsync(two.Address);
                faults.DieAt(point);
                await Task.WhenAll(AskAsync(atTwo), two.EndedAsync(DiesWithin));
                faults.Clear();
            }

            await Counting.ReadAnywayAsync(atOne, Id, read + 10);
            await AssertToldAsync(atOne, loss: false);
            await using (var again = await store.StartAsync(store.Two)) Assert.Empty(Traces.Of(store.Two, again.ProcessId).Processes);
            await atOne.DeleteAsync(Id);
            output.WriteLine($"{point}");
        }
    }

    private static async Task<int> CountAsync(SandboxServer server)
    {
        await using var hub = await HubClient.ConnectAsync(server.Address);
        return await Counting.CreateAsync(hub, Id);
    }

    private static async Task AskAsync(HubClient hub)
    {
        try
        {
            await hub.CallAsync("AttachSandbox", new { id = Id });
        }
        catch (Exception e) when (e is Microsoft.AspNetCore.SignalR.HubException || HubClient.IsLoss(e))
        {
            // Its server has died.
        }
    }

    private static async Task AssertToldAsync(HubClient hub, bool loss)
    {
        var timeline = (await hub.CallAsync("DescribeSandbox", new { id = Id })).GetProperty("sandbox").GetProperty("timeline").GetInt64();
        var told = (await NumberedLines.EventsAsync(hub, Id)).Count(type => type == "rewound");
        Assert.Equal(timeline - 1, told);
        if (loss) Assert.Equal(1, told);
    }
}
