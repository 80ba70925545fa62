using Sandbox.EndToEnd.Tests.Holding;
using Sandbox.EndToEnd.Tests.Live;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.Torture;

/// <summary>Real disks that are full: that of the store, and that on which an image is made.</summary>
public sealed class DiskFullTests : IDisposable
{
    private const int Deadline = 300_000;
    private const string Id = "large";
    private readonly string _data = SandboxServer.CreateDataDirectory();

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact(Timeout = Deadline)]
    public async Task A_full_store_refuses_a_checkpoint_and_keeps_nothing_of_it()
    {
        var blobs = Path.Combine(_data, "small");
        using var disk = SmallDisk.Over(blobs, megabytes: 12);
        CopyTemplate(Path.Combine(_data, "blobs"), blobs);
        await using var server = await SandboxServer.StartOnAsync(_data, "--Pool:Size", "0", "--Pool:Created", "0", "--blobs", blobs);
        await using var hub = await HubClient.ConnectAsync(server.Address);
        var read = await Counting.CreateAsync(hub, Id);
        var kept = await Counting.CheckpointsAsync(hub, Id);
        var stored = Files(blobs);
        await FillAsync(hub);

        foreach (var method in new[] { "CheckpointSandbox", "SuspendSandbox" }) await AssertRefusedAsync(hub, method, "no room is left");
        Assert.Equal(kept, await Counting.CheckpointsAsync(hub, Id));
        Assert.Equal(stored, Files(blobs));
        Counting.AssertNothingHalfDone(_data, blobs);
        read = await NumberedLines.ReadAsync(hub, Id, read + 20);

        disk.Resize(megabytes: 64);
        await hub.CallAsync("SuspendSandbox", new { id = Id });
        await NumberedLines.ReadAsync(hub, Id, read + 20);
        Assert.DoesNotContain("rewound", await NumberedLines.EventsAsync(hub, Id));
        await hub.DeleteAsync(Id);
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_full_disk_under_the_image_refuses_a_checkpoint_and_the_sandbox_goes_on()
    {
        await using var server = await SandboxServer.StartOnAsync(_data, "--Pool:Size", "0", "--Pool:Created", "0");
        await using var hub = await HubClient.ConnectAsync(server.Address);
        var read = await Counting.CreateAsync(hub, Id);
        using (SmallDisk.Over(Path.Combine(_data, "temporary"), megabytes: 1))
        {
            await FillAsync(hub);
            foreach (var method in new[] { "CheckpointSandbox", "SuspendSandbox" }) await AssertRefusedAsync(hub, method, "space");
            Counting.AssertNothingHalfDone(_data);
            read = await NumberedLines.ReadAsync(hub, Id, read + 20);
        }

        Assert.Single(await Counting.CheckpointsAsync(hub, Id));
        await hub.CallAsync("SuspendSandbox", new { id = Id });
        await NumberedLines.ReadAsync(hub, Id, read + 20);
        Assert.DoesNotContain("rewound", await NumberedLines.EventsAsync(hub, Id));
        await hub.DeleteAsync(Id);
        Assert.Equal(0, await server.StopAsync());
    }

    private static async Task AssertRefusedAsync(HubClient hub, string method, string said)
    {
        var failure = await hub.FailAsync(method, new { id = Id });
        Assert.Equal("unavailable", failure.Text("code"));
        Assert.Contains(said, failure.Text("message"), StringComparison.Ordinal);
    }

    /// <summary>12 MB that cannot be compressed, in the sandbox's memory.</summary>
    private static async Task FillAsync(HubClient hub)
    {
        await hub.CallAsync("StartProcess", new { sandboxId = Id, processId = "fill", argv = new[] { "dd", "if=/dev/urandom", "of=file", "bs=1M", "count=12" } });
        var ended = (await hub.CallAsync("WaitProcess", new { sandboxId = Id, processId = "fill", timeout = 60 })).GetProperty("process");
        Assert.Equal("exited", ended.Text("status"));
    }

    /// <summary>What names the template; its layer is unpacked already.</summary>
    private static void CopyTemplate(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(from, "names", "templates"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>The blobs of checkpoints.</summary>
    private static List<string> Files(string blobs) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(blobs, "names", "default"), "*", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/grains/", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];
}
