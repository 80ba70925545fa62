using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>A store of blobs that fails, is full, or does not answer, while sandboxes live on what it keeps.</summary>
public sealed class StoreFaultTests(ITestOutputHelper output)
{
    private const int Deadline = 300_000;
    private const string Id = "kept";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Timeout = Deadline)]
    [InlineData("Fails", "the storage failed")]
    [InlineData("Full", "no room is left")]
    public async Task A_store_that_fails_costs_nothing_but_what_it_was_asked_for(string fault, string said)
    {
        using var faults = new FaultFile();
        await using var server = await SandboxServer.StartAsync(["--Pool:Size", "0", "--Pool:Created", "0", .. faults.Arguments]);
        await using var hub = await HubClient.ConnectAsync(server.Address);
        var read = await Counting.CreateAsync(hub, Id);
        var kept = await Counting.CheckpointsAsync(hub, Id);
        faults.Store(fault);
        await AssertUnavailableAsync(hub, "CheckpointSandbox", said);
        await AssertUnavailableAsync(hub, "SuspendSandbox", "");
        Assert.Equal("running", (await hub.CallAsync("DescribeSandbox", new { id = Id })).Status());
        read = await NumberedLines.ReadAsync(hub, Id, read + 20);
        faults.Clear();
        Assert.Equal(kept, await Counting.CheckpointsAsync(hub, Id));
        Counting.AssertNothingHalfDone(server.DataDirectory);

        await hub.CallAsync("SuspendSandbox", new { id = Id });
        faults.Store(fault);
        await AssertUnavailableAsync(hub, "RestoreSandbox", "");
        Assert.Equal("suspended", (await hub.CallAsync("DescribeSandbox", new { id = Id })).Status());
        Assert.Empty(Traces.Of(server.DataDirectory, server.ProcessId).Cgroups);
        faults.Clear();

        await NumberedLines.ReadAsync(hub, Id, read + 20);
        Assert.DoesNotContain("rewound", await NumberedLines.EventsAsync(hub, Id));
        Assert.Equal(kept.Count + 1, (await Counting.CheckpointsAsync(hub, Id)).Count);
        Counting.AssertNothingHalfDone(server.DataDirectory);
        await hub.DeleteAsync(Id);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_store_that_does_not_answer_is_waited_for_and_then_all_is_as_it_was_asked_for()
    {
        using var faults = new FaultFile();
        await using var server = await SandboxServer.StartAsync(["--Pool:Size", "0", "--Pool:Created", "0", .. faults.Arguments]);
        await using var hub = await HubClient.ConnectAsync(server.Address);
        var read = await Counting.CreateAsync(hub, Id);
        faults.Store("Hangs");
        var checkpoint = hub.CallAsync("CheckpointSandbox", new { id = Id });

        // What is stored is behind it; it goes on.
        read = await NumberedLines.ReadAsync(hub, Id, read + 60);
        Assert.False(checkpoint.IsCompleted);
        faults.Clear();
        await checkpoint;

        faults.Store("Hangs");
        var suspension = hub.CallAsync("SuspendSandbox", new { id = Id });
        await Task.Delay(500, Cancel);
        Assert.False(suspension.IsCompleted);
        faults.Clear();
        Assert.Equal("suspended", (await suspension).Status());

        faults.Store("Hangs");
        var restore = hub.CallAsync("RestoreSandbox", new { id = Id });
        await Task.Delay(500, Cancel);
        Assert.False(restore.IsCompleted);
        faults.Clear();
        await restore;
        await NumberedLines.ReadAsync(hub, Id, read + 20);
        Assert.DoesNotContain("rewound", await NumberedLines.EventsAsync(hub, Id));
        Assert.Equal(3, (await Counting.CheckpointsAsync(hub, Id)).Count);
        Counting.AssertNothingHalfDone(server.DataDirectory);
        await hub.DeleteAsync(Id);
    }

    [Theory(Timeout = Deadline)]
    [InlineData("Hangs")]
    [InlineData("Fails")]
    public async Task What_a_server_that_is_cut_off_held_goes_on_elsewhere_and_it_serves_nothing_of_it_any_more(string fault)
    {
        await using var store = new SharedStore();
        using var faults = new FaultFile();
        await using var one = await store.StartAsync(store.One, faults.Arguments);
        await using var two = await store.StartAsync(store.Two);
        await using var atOne = await HubClient.ConnectAsync(one.Address);
        await using var atTwo = await HubClient.ConnectAsync(two.Address);
        var read = await Counting.CreateAsync(atOne, Id);
        faults.Store(fault);
        var began = TimeProvider.System.GetTimestamp();
        var checkpoint = atOne.CallAsync("CheckpointSandbox", new { id = Id });
        read = await Counting.ReadAnywayAsync(atTwo, Id, read + 10);
        Tell("taken over");

        // Nothing of it is left here, also while the store is out of reach.
        await Counting.UntilAsync(() => Traces.Of(store.One, one.ProcessId).Cgroups.Count == 0, "the containers of the first are gone");
        Assert.Contains("does not hold it any more", one.Log, StringComparison.Ordinal);
        faults.Clear();
        await Assert.ThrowsAsync<Microsoft.AspNetCore.SignalR.HubException>(() => checkpoint);
        Tell("the checkpoint was refused");
        read = await Counting.ReadAnywayAsync(atTwo, Id, read + 20);
        Assert.Empty(Traces.Of(store.One, one.ProcessId).Cgroups);
        Assert.Contains("rewound", await NumberedLines.EventsAsync(atTwo, Id));

        // It gets it back like any other: by asking.
        Tell("read there");
        await Counting.ReadAnywayAsync(atOne, Id, read + 20);
        Tell("read here again");
        await Counting.UntilAsync(() => Traces.Of(store.Two, two.ProcessId).Cgroups.Count == 0, "the containers of the second are gone");
        var told = await NumberedLines.EventsAsync(atOne, Id);
        Tell($"ended with {string.Join(", ", told)}");
        Assert.Contains("rewound", told);
        await atOne.DeleteAsync(Id);

        void Tell(string what) => output.WriteLine($"{what} after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
    }

    private static async Task AssertUnavailableAsync(HubClient hub, string method, string said)
    {
        var failure = await hub.FailAsync(method, new { id = Id });
        Assert.Equal("unavailable", failure.Text("code"));
        Assert.Contains(said, failure.Text("message"), StringComparison.OrdinalIgnoreCase);
    }
}
