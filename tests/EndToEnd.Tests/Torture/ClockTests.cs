using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>Two servers on one store whose wall clocks are a quarter of an hour apart.</summary>
public sealed class ClockTests(ITestOutputHelper output)
{
    private const int Deadline = 600_000;
    private const string Id = "timeless";

    [Fact(Timeout = Deadline)]
    public async Task Leases_do_not_care_what_time_it_is()
    {
        await using var store = new SharedStore();
        string[] ahead = ["--Faults:ClockOffset", "00:07:00"], behind = ["--Faults:ClockOffset", "-00:08:00"];
        var two = await store.StartAsync(store.Two, behind);
        try
        {
            await using var atTwo = await HubClient.ConnectAsync(two.Address);
            await using (var one = await store.StartAsync(store.One, ahead))
            {
                await GoToAndFroAsync(store, one, atTwo);
                await one.KillAsync();
            }

            // By who is behind from who was ahead, and the other way round.
            await AssertTakenOverAsync(atTwo, losses: 1);
            await using var again = await store.StartAsync(store.One, ahead);
            Assert.Empty(Traces.Of(store.One, again.ProcessId).Cgroups);
            await atTwo.CallAsync("CheckpointSandbox", new { id = Id });
            await two.KillAsync();
            await using var atOne = await HubClient.ConnectAsync(again.Address);
            await AssertTakenOverAsync(atOne, losses: 2);
            await atOne.DeleteAsync(Id);
        }
        finally
        {
            await two.DisposeAsync();
        }

        await using var next = await store.StartAsync(store.Two, behind);
        Assert.Empty(Traces.Of(store.Two, next.ProcessId).Cgroups);
    }

    private static async Task GoToAndFroAsync(SharedStore store, SandboxServer one, HubClient atTwo)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var atOne = await HubClient.ConnectAsync(one.Address);
        var both = CountBothAsync(store, watching.Token);
        var read = await Counting.CreateAsync(atOne, Id);

        // Longer than a lease, which the other would take for over if it compared times.
        await Task.Delay(TimeSpan.FromSeconds(7), watching.Token);
        Assert.Equal("running", (await atTwo.CallAsync("DescribeSandbox", new { id = Id })).Status());
        Assert.NotEmpty(Traces.Of(store.One, one.ProcessId).Cgroups);
        read = await Counting.ReadAnywayAsync(atTwo, Id, read + 20);
        await Counting.ReadAnywayAsync(atOne, Id, read + 20);
        Assert.DoesNotContain("rewound", await NumberedLines.EventsAsync(atOne, Id));
        Assert.Equal(3, (await Counting.CheckpointsAsync(atOne, Id)).Count);
        await watching.CancelAsync();
        Assert.Equal(0, await both);
    }

    /// <summary>It takes a lease and a bit, by whatever clock.</summary>
    private async Task AssertTakenOverAsync(HubClient hub, int losses)
    {
        var began = TimeProvider.System.GetTimestamp();
        await Counting.ReadAnywayAsync(hub, Id, 1);
        var took = TimeProvider.System.GetElapsedTime(began);
        output.WriteLine($"taken over after {took.TotalSeconds:0.0} s");
        Assert.True(took < TimeSpan.FromMinutes(2), $"It took {took.TotalSeconds:0.0} s.");
        Assert.Equal(losses, (await NumberedLines.EventsAsync(hub, Id)).Count(type => type == "rewound"));
    }

    /// <summary>How often both had a container at the same time.</summary>
    private static async Task<int> CountBothAsync(SharedStore store, CancellationToken cancel)
    {
        var both = 0;
        while (!cancel.IsCancellationRequested)
        {
            if (Traces.Of(store.One) is { Cgroups.Count: > 0 } && Traces.Of(store.Two) is { Cgroups.Count: > 0 } && Traces.Of(store.One) is { Cgroups.Count: > 0 }) both++;
            await Task.Delay(20, CancellationToken.None);
        }

        return both;
    }
}
