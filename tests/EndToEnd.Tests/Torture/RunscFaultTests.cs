using System.Globalization;
using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>A runsc that fails, and a guest that dies, in the middle of a checkpoint or of a restore.</summary>
public sealed class RunscFaultTests
{
    private const int Deadline = 300_000;
    private const string Id = "tried";

    [Fact(Timeout = Deadline)]
    public async Task What_runsc_cannot_do_leaves_the_sandbox_as_it_was()
    {
        using var runsc = new FailingRunsc();
        await using var server = await SandboxServer.StartAsync(["--Pool:Size", "0", "--Pool:Created", "0", .. runsc.Arguments]);
        await using var hub = await HubClient.ConnectAsync(server.Address);
        var read = await Counting.CreateAsync(hub, Id);
        foreach (var order in new[] { "checkpoint", "checkpoint-half", "checkpoint-lie" })
        {
            runsc.Fail(order);
            foreach (var method in new[] { "CheckpointSandbox", "SuspendSandbox", "ForkSandbox" })
                Assert.Equal("unavailable", (await hub.FailAsync(method, new { id = Id })).Text("code"));
            runsc.Clear();
            Assert.Single(await Counting.CheckpointsAsync(hub, Id));
            Counting.AssertNothingHalfDone(server.DataDirectory);
            read = await NumberedLines.ReadAsync(hub, Id, read + 10);
        }

        await hub.CallAsync("SuspendSandbox", new { id = Id });
        runsc.Fail("restore");
        foreach (var method in new[] { "RestoreSandbox", "ForkSandbox", "AttachSandbox" })
            Assert.Equal("unavailable", (await hub.FailAsync(method, new { id = Id })).Text("code"));
        Assert.Equal("suspended", (await hub.CallAsync("DescribeSandbox", new { id = Id })).Status());
        Assert.Equal([Id], (await hub.CallAsync("ListSandboxes", new { })).GetProperty("sandboxes").EnumerateArray().Select(sandbox => sandbox.Text("id")));
        await Counting.UntilAsync(() => Traces.Of(server.DataDirectory, server.ProcessId) is { Cgroups.Count: 0, Processes.Count: 0 }, "nothing of it is left");
        Counting.AssertNothingHalfDone(server.DataDirectory);
        runsc.Clear();
        await NumberedLines.ReadAsync(hub, Id, read + 10);
        Assert.DoesNotContain("rewound", await NumberedLines.EventsAsync(hub, Id));
        await hub.DeleteAsync(Id);
    }

    [Theory(Timeout = Deadline)]
    [InlineData("CheckpointSandbox")]
    [InlineData("SuspendSandbox")]
    public async Task A_guest_that_dies_in_its_checkpoint_goes_back_to_the_one_before_and_says_so(string method)
    {
        using var runsc = new FailingRunsc();
        await using var server = await SandboxServer.StartAsync(["--Pool:Size", "0", "--Pool:Created", "0", .. runsc.Arguments]);
        await using var hub = await HubClient.ConnectAsync(server.Address);
        await Counting.CreateAsync(hub, Id);
        var kept = Assert.Single(await Counting.CheckpointsAsync(hub, Id));
        runsc.Die(SandboxProcess(server));
        Assert.Contains((await hub.FailAsync(method, new { id = Id })).Text("code"), new[] { "unavailable", "gone" });
        runsc.Clear();
        while ((await hub.CallAsync("DescribeSandbox", new { id = Id })).Status() != "suspended") await Task.Delay(50, TestContext.Current.CancellationToken);
        await NumberedLines.ReadAsync(hub, Id, 30);
        Assert.Equal(kept, Assert.Single(await Counting.CheckpointsAsync(hub, Id)));
        Assert.Equal(1, (await NumberedLines.EventsAsync(hub, Id)).Count(type => type == "rewound"));
        Counting.AssertNothingHalfDone(server.DataDirectory);
        await hub.DeleteAsync(Id);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_gVisor_that_hangs_is_ended_and_who_reads_goes_on_from_the_checkpoint()
    {
        await using var server = await SandboxServer.StartAsync(["--Pool:Size", "0", "--Pool:Created", "0", "--Sandboxes:HungAfter", "00:00:03"]);
        await using var hub = await HubClient.ConnectAsync(server.Address);
        var read = await Counting.CreateAsync(hub, Id);
        var reading = NumberedLines.ReadAsync(hub, Id, read + 100);
        using (var stop = System.Diagnostics.Process.Start("kill", ["-STOP", $"{SandboxProcess(server)}"]))
            await stop.WaitForExitAsync(TestContext.Current.CancellationToken);
        await reading;
        Assert.Equal(["rewound", "restored"], (await NumberedLines.EventsAsync(hub, Id))[^2..]);
        var rewound = await hub.StreamAsync("ReadEvents", new { sandboxId = Id, follow = false }).FirstAsync(happened => happened.Type() == "rewound", TestContext.Current.CancellationToken);
        Assert.Contains("does not answer", rewound.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("has ended unasked", server.Log, StringComparison.Ordinal);
        await hub.DeleteAsync(Id);
    }

    /// <summary>The process of gVisor's kernel, of the only sandbox that the server has.</summary>
    private static int SandboxProcess(SandboxServer server) => int.Parse(
        Traces.Of(server.DataDirectory, server.ProcessId).Processes.First(process => process.Contains(" boot ", StringComparison.Ordinal)).Split(' ')[0],
        CultureInfo.InvariantCulture);
}
