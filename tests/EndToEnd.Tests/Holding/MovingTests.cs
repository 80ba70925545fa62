using System.Globalization;
using Microsoft.AspNetCore.SignalR;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Holding;

/// <summary>Two servers that cannot reach each other, on one store: a sandbox is on one of them at a time.</summary>
[Collection(typeof(OneAtATime))]
public sealed class MovingTests(ITestOutputHelper output)
{
    private const int Deadline = 240_000;
    private const int Continue = 18;
    private const int Stop = 19;
    private const string Id = "moved";

    /// <summary>Lines that the server had let pass when it was stopped: far fewer than the 250 that were printed until the lease was over.</summary>
    private const int OnTheirWay = 25;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_moves_to_where_it_is_asked_for_and_back_and_its_programs_notice_nothing()
    {
        await using var store = new SharedStore();
        await using var one = await store.StartAsync(store.One);
        await using var two = await store.StartAsync(store.Two);
        await using var atOne = await HubClient.ConnectAsync(one.Address);
        await using var atTwo = await HubClient.ConnectAsync(two.Address);
        var epoch = (await atOne.CallAsync("CreateSandbox", new { id = Id })).Epoch();
        await NumberedLines.StartAsync(atOne, Id);
        var read = await NumberedLines.ReadAsync(atOne, Id, 20);

        var began = TimeProvider.System.GetTimestamp();
        read = await NumberedLines.ReadAsync(atTwo, Id, read + 20);
        output.WriteLine($"there after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        var there = (await atTwo.CallAsync("DescribeSandbox", new { id = Id })).Epoch();
        Assert.True(there > epoch, $"{there} > {epoch}");
        await UntilAsync(() => Traces.Of(store.One, one.ProcessId).Cgroups.Count == 0, "the first server's containers are gone");

        // Who looks at it where it was sees what it is, and leaves it where it is.
        var seen = await atOne.CallAsync("DescribeSandbox", new { id = Id });
        Assert.Equal(("running", there), (seen.Status(), seen.Epoch()));
        Assert.Equal(1, (await NumberedLines.EventsAsync(atOne, Id)).Count(type => type == "restored"));
        Assert.Equal(there, (await atTwo.CallAsync("DescribeSandbox", new { id = Id })).Epoch());

        began = TimeProvider.System.GetTimestamp();
        await NumberedLines.ReadAsync(atOne, Id, read + 20);
        output.WriteLine($"back after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        Assert.True((await atOne.CallAsync("DescribeSandbox", new { id = Id })).Epoch() > there);
        var events = await NumberedLines.EventsAsync(atOne, Id);
        Assert.DoesNotContain("rewound", events);
        Assert.Equal(2, events.Count(type => type == "restored"));
        await atTwo.DeleteAsync(Id);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_server_that_is_asked_to_stop_hands_its_sandbox_over_within_ten_seconds()
    {
        await using var store = new SharedStore();
        await using var one = await store.StartAsync(store.One);
        await using var two = await store.StartAsync(store.Two);
        await using var atTwo = await HubClient.ConnectAsync(two.Address);
        int read;
        await using (var atOne = await HubClient.ConnectAsync(one.Address))
        {
            await atOne.CallAsync("CreateSandbox", new { id = Id });
            await NumberedLines.StartAsync(atOne, Id);
            read = await NumberedLines.ReadAsync(atOne, Id, 20);
        }

        var began = TimeProvider.System.GetTimestamp();
        var stopping = one.StopAsync();
        await NumberedLines.ReadAsync(atTwo, Id, read + 20);
        var took = TimeProvider.System.GetElapsedTime(began);
        output.WriteLine($"handed over after {took.TotalSeconds:0.0} s");
        Assert.True(took < TimeSpan.FromSeconds(10), $"It took {took.TotalSeconds:0.0} s.");
        Assert.Equal(0, await stopping);
        Assert.DoesNotContain("rewound", await NumberedLines.EventsAsync(atTwo, Id));
        await atTwo.DeleteAsync(Id);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_a_killed_server_held_goes_on_elsewhere_from_its_last_checkpoint_once_the_lease_is_over()
    {
        await using var store = new SharedStore();
        await using var two = await store.StartAsync(store.Two);
        await using var atTwo = await HubClient.ConnectAsync(two.Address);
        await using (var one = await store.StartAsync(store.One))
        {
            await CountToCheckpointAsync(one);
            await one.KillAsync();
        }

        await NumberedLines.ReadAsync(atTwo, Id, 60);
        Assert.Equal(1, (await NumberedLines.EventsAsync(atTwo, Id)).Count(type => type == "rewound"));

        // Its successor takes nothing back unasked, and removes what it left.
        await using (var next = await store.StartAsync(store.One))
        {
            Assert.Empty(Traces.Of(store.One, next.ProcessId).Processes);
            await NumberedLines.ReadAsync(atTwo, Id, 80);
            Assert.Equal(1, (await NumberedLines.EventsAsync(atTwo, Id)).Count(type => type == "rewound"));
        }

        await atTwo.DeleteAsync(Id);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_server_that_stood_still_beyond_its_lease_has_its_programs_stopped_and_serves_nothing_when_it_goes_on()
    {
        await using var store = new SharedStore();
        await using var one = await store.StartAsync(store.One);
        await using var two = await store.StartAsync(store.Two);
        await using var atOne = await HubClient.ConnectAsync(one.Address);
        await using var atTwo = await HubClient.ConnectAsync(two.Address);
        await CountToCheckpointAsync(one);
        await atOne.CallAsync("StartProcess", new { sandboxId = Id, processId = "busy", argv = new[] { "sh", "-c", "while :; do :; done" } });
        var goesOn = new TaskCompletionSource();
        var served = StaleAsync(atOne, goesOn.Task);
        await UntilAsync(() => Share(store.One) > 0.06, "the program computes");
        one.Signal(Stop);
        try
        {
            await UntilAsync(() => Share(store.One) < 0.04, "the agent has stopped the programs of a host that stands still");
            output.WriteLine("stopped");
            await NumberedLines.ReadAsync(atTwo, Id, 60);
            output.WriteLine("taken over");
            Assert.NotEmpty(Traces.Of(store.One, one.ProcessId).Cgroups);
        }
        finally
        {
            goesOn.SetResult();
            one.Signal(Continue);
        }

        await UntilAsync(() => one.Log.Contains("does not hold it any more", StringComparison.Ordinal), "the server knows");
        await UntilAsync(() => Traces.Of(store.One, one.ProcessId).Cgroups.Count == 0, "its containers are gone");
        var lines = await served.WaitAsync(TimeSpan.FromSeconds(40), Cancel);
        output.WriteLine($"lines that were on their way: {lines}");
        Assert.True(lines <= OnTheirWay, $"{lines} lines");
        await NumberedLines.ReadAsync(atTwo, Id, 80);
        Assert.Equal(1, (await NumberedLines.EventsAsync(atTwo, Id)).Count(type => type == "rewound"));
        output.WriteLine(one.Log);
        await atTwo.DeleteAsync(Id);
    }

    /// <summary>Reads until the stream ends in whatever way.</summary>
    /// <returns>How many lines of the old history came after the server went on.</returns>
    private static async Task<int> StaleAsync(HubClient hub, Task goesOn)
    {
        var lines = 0;
        try
        {
            await foreach (var item in hub.ReadOutputAsync(Id, NumberedLines.Process))
            {
                if (item.Type() != "data") return lines;
                if (goesOn.IsCompleted) lines += item.Data().Count(character => character == (byte)'\n');
            }
        }
        catch (Exception e) when (e is HubException || HubClient.IsLoss(e))
        {
            // It serves nothing.
        }

        return lines;
    }

    private static async Task CountToCheckpointAsync(SandboxServer server)
    {
        await using var hub = await HubClient.ConnectAsync(server.Address);
        await hub.CallAsync("CreateSandbox", new { id = Id });
        await NumberedLines.StartAsync(hub, Id);
        await NumberedLines.ReadAsync(hub, Id, 20);
        await hub.CallAsync("CheckpointSandbox", new { id = Id });
        await NumberedLines.ReadAsync(hub, Id, 50);
    }

    /// <summary>What share of a processor the sandboxes of a server take, over one second.</summary>
    private static double Share(string data)
    {
        var file = Traces.Of(data).Cgroups.Select(cgroup => Path.Combine(cgroup, "cpuacct.usage")).First(File.Exists);
        var (since, before) = (TimeProvider.System.GetTimestamp(), Usage());
        Thread.Sleep(TimeSpan.FromSeconds(1));
        return (Usage() - before) / 1e9 / TimeProvider.System.GetElapsedTime(since).TotalSeconds;

        double Usage() => double.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture);
    }

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(40), $"It did not come to pass that {what}.");
            await Task.Delay(50, Cancel);
        }
    }
}
