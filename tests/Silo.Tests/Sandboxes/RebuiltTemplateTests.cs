using System.Diagnostics;
using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Tests.Containers;
using Sandbox.Silo.Tests.Layers;
using Sandbox.Silo.Tests.Snapshots;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>Sandboxes that were suspended over a template which has been built anew since.</summary>
[Collection("runsc")]
public sealed class RebuiltTemplateTests(TestBinaries binaries, LiveTemplate template)
{
    private const string Waiting = "read line; cat /etc/rebuilt /usr/bin/python3 2>/dev/null | head -c 4 | od -An -c; cat /srv/kept; echo $line";

    private static readonly string _small = $"""
        set -e; from={LiveTemplate.Rootfs}; mkdir -p usr/bin usr/lib/x86_64-linux-gnu usr/lib64 srv tmp root home/user; cp -a $from/etc .; echo new > etc/rebuilt
        cp -a $from/bin $from/lib $from/lib64 $from/sbin .; cp -a $from/usr/bin/sh $from/usr/bin/dash $from/usr/bin/cat usr/bin; chown 1000:1000 home/user
        cp -a $from/usr/lib64/. usr/lib64; cp -L $from/usr/lib/x86_64-linux-gnu/libc.so.6 $from/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 usr/lib/x86_64-linux-gnu
        """;

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public Task One_of_the_template_alone_goes_on_over_the_one_that_it_knows() => GoesOnAsync(snapshot: null);

    [LiveFact]
    public Task One_of_a_snapshot_goes_on_over_the_one_that_it_knows() => GoesOnAsync("layered");

    private async Task GoesOnAsync(string? snapshot)
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 0, Created = 0, Snapshots = 0 });
        var first = host.Template;
        await host.Snapshots.MakeAsync(host.Data, "layered", [first], new TarText().File("srv/below"));
        var spec = LiveHost.Spec with { Snapshot = snapshot };
        var sandbox = await host.CreateAsync("owner/one", spec);
        await (await sandbox.StartAsync(Shell("write", "echo kept > /srv/kept; chmod 777 /srv") with { Root = true })).Ended;
        await sandbox.StartAsync(Shell("wait", Waiting) with { Stdin = true });
        var taken = await SuspendAsync(sandbox, parent: null, epoch: 1);
        await host.RebuildAsync("second template", SmallTemplate(host));

        // Of another size than the pool's, which wait with a Python.
        var fresh = await host.CreateAsync("owner/fresh", LiveHost.Spec with { Processes = 64 });
        Assert.Equal("new\n", await (await fresh.StartAsync(Shell("look", "cat /etc/rebuilt /usr/bin/python3 2>/dev/null"))).TextAsync());
        await fresh.DisposeAsync();

        sandbox = await RestoreAsync(host, spec, taken.Id, epoch: 2);
        await sandbox.Find("wait")!.TypeAsync(0, "on\n");
        Assert.Equal(" 177   E   L   F\nkept\non\n", await sandbox.Find("wait")!.TextAsync());

        // What it makes from now on stands where it stands.
        var shot = await sandbox.SnapshotAsync("taken", new SnapshotOptions(), Test);
        Assert.True(shot.Succeeded, shot.Error?.Message);
        taken = await SuspendAsync(sandbox, taken.Id, epoch: 2);
        var manifest = await host.Checkpoints.ReadAsync(SandboxKey.Parse("owner/one"), taken.Id, Test);
        Assert.Equal((first.Digest, first, snapshot is null ? 1 : 2), (manifest.Template, manifest.Layers[0], manifest.Layers.Count));
        var from = await host.CreateAsync("owner/from", LiveHost.Spec with { Snapshot = "taken" });
        Assert.Equal("42 kept\n", await (await from.StartAsync(Shell("look", "echo $(python3 -c 'print(6 * 7)') $(cat /srv/kept)"))).TextAsync());
        await from.DisposeAsync();

        // Unless nobody has it any more: its blob is in no store here.
        File.Delete(host.UnpackedAs(first));
        var refused = await host.Sandboxes.RestoreAsync("owner/one", spec, Restore(taken.Id, epoch: 3), elsewhere: null, Test);
        Assert.Equal(SandboxErrorCode.Conflict, refused.Error!.Code);
        Assert.Contains(first.Digest.ToString(), refused.Error.Message, StringComparison.Ordinal);
        Assert.False(host.HasContainers);
    }

    private static string SmallTemplate(LiveHost host)
    {
        var directory = Directory.CreateDirectory(Path.Combine(host.Data.Path, "second")).FullName;
        using var copy = Process.Start(new ProcessStartInfo("sh", ["-c", _small]) { WorkingDirectory = directory })!;
        copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
        return directory;
    }

    private static async Task<CheckpointDescription> SuspendAsync(ILiveSandbox sandbox, string? parent, long epoch)
    {
        var taken = await sandbox.CheckpointAsync(new CheckpointRequest { Suspend = true, Parent = parent, Epoch = epoch, Timeline = 1 }, Test);
        Assert.True(taken.Succeeded, taken.Error?.Message);
        await sandbox.DisposeAsync();
        return taken.Value;
    }

    private static async Task<ILiveSandbox> RestoreAsync(LiveHost host, SandboxSpec spec, string id, long epoch)
    {
        var restored = await host.Sandboxes.RestoreAsync("owner/one", spec, Restore(id, epoch), elsewhere: null, Test);
        Assert.True(restored.Succeeded, restored.Error?.Message);
        return restored.Value;
    }

    private static CheckpointRestore Restore(string id, long epoch) => new() { CheckpointId = id, Epoch = epoch, Timeline = 1 };
}
