using System.Globalization;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Residue;
using Sandbox.Silo.Tests.Containers;
using Sandbox.Silo.Tests.Sandboxes;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Snapshots;

/// <summary>Snapshots of one moment, of sandboxes whose programs write all the time.</summary>
[Collection("runsc")]
public sealed class ConsistentTests(TestBinaries binaries, LiveTemplate template)
{
    /// <summary>
    /// Writes a number into one file and then into another, without pause, whole blocks of them, and tells every thousandth. At every moment the first is the second's, or one ahead.
    /// </summary>
    private const string Lockstep = """
        import os
        one, two = (os.open(f"/srv/{name}", os.O_RDWR | os.O_CREAT) for name in ("one", "two"))
        os.write(os.open("/srv/middle", os.O_RDWR | os.O_CREAT), b"m" * 20_000_000)
        number = 0
        while True:
            number += 1
            block = b"%015d\n" % number * 64
            os.pwrite(one, block, 0)
            os.pwrite(two, block, 0)
            if number % 1000 == 0: print(number, flush=True)
        """;

    private const string Show = "cd /srv; for file in one two; do sort -u $file | tr '\\n' ' '; done";

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task All_files_are_of_one_moment_and_the_program_goes_on_without_missing_a_beat()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync("owner/one");
        var writer = await sandbox.StartAsync(new() { Id = "writer", Arguments = ["python3", "-c", Lockstep], Root = true });
        await writer.UntilAsync("\n3000\n");

        for (var round = 1; round <= 2; round++)
        {
            var taken = await TakeAsync(sandbox, $"moment-{round}", consistent: true);
            Assert.Empty(taken.Changed);
            Assert.Empty(taken.LeftOut);
            var copy = await host.CreateAsync("owner/copy", LiveHost.Spec with { Snapshot = taken.Snapshot.Name });
            var numbers = (await (await copy.StartAsync(Shell("show", Show) with { Root = true })).TextAsync())
                .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToList();
            // Two writes are two moments: that between them is as good as any other.
            Assert.Equal(2, numbers.Count);
            Assert.InRange(numbers[0] - numbers[1], 0, 1);
            await copy.DisposeAsync();
        }

        var at = writer.Describe().Channels[0].Offset;
        await UntilAsync(() => writer.Describe().Channels[0].Offset > at + 100);
        await writer.SignalAsync(9, group: true, Test);
        var told = (await writer.TextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Enumerable.Range(1, told.Count).Select(i => i * 1000L), told);
    }

    [LiveFact]
    public async Task Without_room_for_the_copy_it_is_refused_and_the_sandbox_goes_on()
    {
        await using var host = await LiveHost.StartAsync(
            binaries, template, new PoolOptions { Size = 0, Created = 0, MaxSandboxes = 1, Wait = TimeSpan.FromMilliseconds(50) });
        // Of a size of its own, so that only the room is waited for.
        var sandbox = await host.CreateAsync("owner/one", LiveHost.Spec with { Processes = LiveHost.Spec.Processes + 1 });
        var refused = await sandbox.SnapshotAsync("name", new SnapshotOptions { Consistent = true }, Test);
        Assert.Equal(SandboxErrorCode.Overloaded, refused.Error?.Code);
        Assert.NotNull(refused.Error?.RetryAfter);
        await TakeAsync(sandbox, "name", consistent: false);
        Assert.Equal("on\n", await (await sandbox.StartAsync(Shell("on", "echo on"))).TextAsync());
    }

    [LiveFact]
    public async Task A_copy_that_dies_costs_the_snapshot_alone_and_leaves_nothing()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var sandbox = await host.CreateAsync("owner/one");
        await (await sandbox.StartAsync(Shell("fill", "head -c 40000000 /dev/urandom > /srv/much") with { Root = true })).TextAsync();
        var original = Assert.Single(host.ContainerIds);
        var taking = sandbox.SnapshotAsync("name", new SnapshotOptions { Consistent = true }, Test);
        await UntilAsync(() => host.ContainerIds.Length == 2 || taking.IsCompleted);
        var copy = Assert.Single(host.ContainerIds, id => id != original);
        // Until it has gone: what runsc starts for it may come a little later.
        while (!taking.IsCompleted)
        {
            foreach (var process in ProcessHandle.OpenAll())
            {
                if (process.Arguments.Any(argument => argument.EndsWith(copy, StringComparison.Ordinal))) process.Kill();
            }
        }

        var failed = await taking;
        Assert.Equal(SandboxErrorCode.Unavailable, failed.Error?.Code);
        await UntilAsync(() => host.ContainerIds.Length == 1);
        Assert.Null(await host.Snapshots.FindAsync("owner", "name", Test));
        Assert.Equal("on\n", await (await sandbox.StartAsync(Shell("on", "echo on"))).TextAsync());
        await TakeAsync(sandbox, "name", consistent: true);
    }

    [LiveFact]
    public async Task One_that_was_started_from_a_snapshot_and_that_slept_gives_them_too()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 0, Created = 1, Snapshots = 1 });
        var sandbox = await host.CreateAsync("owner/one");
        await (await sandbox.StartAsync(Shell("make", "mkdir /srv/d; echo 1 > /srv/d/a") with { Root = true })).TextAsync();
        await TakeAsync(sandbox, "first", consistent: true);
        var second = await host.CreateAsync("owner/two", LiveHost.Spec with { Snapshot = "first" });
        const string change = "rm -r /srv/d; mkdir /srv/d; echo 2 > /srv/d/b; echo changed; sleep 1000 & exec sleep 1000";
        await (await second.StartAsync(Shell("change", change) with { Root = true })).UntilAsync("changed\n");
        var slept = await second.CheckpointAsync(new() { Suspend = true, Epoch = 1, Timeline = 1 }, Test);
        await second.DisposeAsync();
        var woken = await host.Sandboxes.RestoreAsync(
            "owner/two", LiveHost.Spec with { Snapshot = "first" }, new() { CheckpointId = slept.Value!.Id, Epoch = 2, Timeline = 1 }, elsewhere: null, Test);
        Assert.True(woken.Succeeded, woken.Error?.Message);
        var taken = await TakeAsync(woken.Value, "second", consistent: true);
        Assert.Equal(("first", 3), (taken.Snapshot.Parent, taken.Snapshot.LayerCount));
        var third = await host.CreateAsync("owner/three", LiveHost.Spec with { Snapshot = "second" });
        Assert.Equal("b\n2\n", await (await third.StartAsync(Shell("look", "ls /srv/d; cat /srv/d/*"))).TextAsync());
    }

    private static async Task<TakenSnapshot> TakeAsync(ILiveSandbox sandbox, string name, bool consistent)
    {
        var taken = await sandbox.SnapshotAsync(name, new SnapshotOptions { Consistent = consistent }, Test);
        Assert.True(taken.Succeeded, taken.Error?.Message);
        return taken.Value;
    }
}
