using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Processes;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Tests.Containers;
using Sandbox.Silo.Tests.Snapshots;
using static Sandbox.Silo.Tests.Sandboxes.LiveTesting;

namespace Sandbox.Silo.Tests.Sandboxes;

/// <summary>Checkpoints that cannot be restored any more, and the files that lie beside them.</summary>
[Collection("runsc")]
public sealed class ColdStartTests(TestBinaries binaries, LiveTemplate template)
{
    private const string Key = "owner/one";

    private static readonly SandboxSpec _spec = LiveHost.Spec with { KeepFiles = true };

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    private static SandboxKey Box => SandboxKey.Parse(Key);

    [LiveFact]
    public async Task The_files_are_the_same_to_the_last_name_and_what_was_deleted_stays_so()
    {
        await using var host = await StartAsync();
        var sandbox = await host.CreateAsync(Key, _spec);
        Assert.Equal("", await RunAsync(sandbox, "make", TakingTests.Torture + "\nrm /usr/bin/perl; rm -r /usr/share/doc; mkdir /usr/share/doc; echo new > /usr/share/doc/only"));
        var before = await RunAsync(sandbox, "show", TakingTests.Show);
        var taken = await SuspendAsync(sandbox);
        Assert.True(taken.Files);
        await DamageImageAsync(host, taken.Id);

        await AssertRefusedAsync(host, taken.Id, "damaged");
        sandbox = await RestoreAsync(host, taken.Id, cold: true);
        Assert.Equal(before.Split('\n'), (await RunAsync(sandbox, "again", TakingTests.Show)).Split('\n'));
        Assert.Equal("only\ngone\n", await RunAsync(sandbox, "deleted", "ls /usr/share/doc; test -e /usr/bin/perl || echo gone"));
        Assert.Equal(taken.Created, sandbox.Cold!.Since);

        // What comes after stands on that layer, which is kept with it.
        var next = await SuspendAsync(sandbox, taken.Id, epoch: 2, timeline: 2);
        var manifest = await host.Checkpoints.ReadAsync(Box, next.Id, Test);
        Assert.Equal((await host.Checkpoints.ReadAsync(Box, taken.Id, Test)).Files, manifest.Layers[^1]);
        await host.Stored.DeleteAsync(Key, taken.Id, Test);
        Assert.True((await host.Blobs.FindAsync(manifest.Layers[^1].BlobName, Test))!.Size > 0);
        sandbox = await RestoreAsync(host, next.Id, cold: false, epoch: 3, timeline: 2);
        Assert.Equal(before.Split('\n'), (await RunAsync(sandbox, "once more", TakingTests.Show)).Split('\n'));
        await sandbox.DisposeAsync();
        await host.Stored.DeleteAllAsync(Key, Test);
        Assert.Null(await host.Blobs.FindAsync(manifest.Layers[^1].BlobName, Test));
        Assert.Null(await host.Blobs.FindAsync(manifest.Files!.BlobName, Test));
    }

    [LiveFact]
    public async Task Programs_have_ended_and_what_they_wrote_can_be_read_and_numbers_are_not_used_again()
    {
        await using var host = await StartAsync();
        var sandbox = await host.CreateAsync(Key, _spec);
        await (await sandbox.StartAsync(Shell("over", "echo done; exit 3"))).Ended;
        await (await sandbox.StartAsync(Shell("writer", "echo one; read line; echo $line") with { Stdin = true })).UntilAsync("one\n");
        var taken = await SuspendAsync(sandbox);
        host.Host = host.Host with { RunscVersions = new HashSet<string> { "another" } };

        await AssertRefusedAsync(host, taken.Id, "this host has another");
        sandbox = await RestoreAsync(host, taken.Id, cold: true);
        Assert.Equal(["writer"], sandbox.Cold!.Programs);
        Assert.Equal(["over", "writer"], sandbox.Processes.Select(process => process.Id));
        Assert.Equal(3, (await sandbox.Find("over")!.Ended).Code);
        Assert.Equal(ProcessEndReason.SandboxEnded, (await sandbox.Find("writer")!.Ended).Reason);
        Assert.Equal(("done\n", "one\n"), (await sandbox.Find("over")!.TextAsync(), await sandbox.Find("writer")!.TextAsync()));
        Assert.Equal(4, sandbox.Find("writer")!.CommonWith(ProcessChannel.Stdout, timeline: 1));
        Assert.True((await sandbox.StartAsync(Shell("writer", "echo no"), Test)).Value!.Known);
        Assert.Equal("new\n", await RunAsync(sandbox, "new", "echo new"));

        // And once more over a sleep, in which each keeps its own log.
        host.Host = host.Host with { RunscVersions = new HashSet<string> { "this" } };
        taken = await SuspendAsync(sandbox, taken.Id, epoch: 2, timeline: 2);
        sandbox = await RestoreAsync(host, taken.Id, cold: false, epoch: 3, timeline: 2);
        Assert.Equal(["done\n", "one\n", "new\n"], await Task.WhenAll(sandbox.Processes.Select(process => process.TextAsync())));
        Assert.Null(sandbox.Cold);
        await sandbox.DisposeAsync();
    }

    [LiveFact]
    public async Task What_else_is_damaged_is_done_without_as_far_as_it_goes()
    {
        await using var host = await StartAsync();
        var sandbox = await host.CreateAsync(Key, _spec);
        await (await sandbox.StartAsync(Shell("writer", "echo kept > kept; echo one; sleep 100"))).UntilAsync("one\n");
        var taken = await SuspendAsync(sandbox);
        var manifest = await host.Checkpoints.ReadAsync(Box, taken.Id, Test);

        // The output is lost, then even the ids, at last the files.
        await DamageAsync(host, manifest.Parts.First(part => part.Name.StartsWith("logs/", StringComparison.Ordinal)));
        await AssertRefusedAsync(host, taken.Id, "damaged");
        sandbox = await RestoreAsync(host, taken.Id, cold: true);
        Assert.Equal(["writer"], sandbox.Cold!.Programs);
        Assert.Empty(sandbox.Processes);
        Assert.Equal("kept\n", await RunAsync(sandbox, "cat", "cat kept"));
        await sandbox.DisposeAsync();
        await DamageAsync(host, manifest.Parts.First(part => part.Name == "sandbox.json"));
        sandbox = await RestoreAsync(host, taken.Id, cold: true, epoch: 3);
        Assert.Null(sandbox.Cold!.Programs);
        Assert.Equal("kept\n", await RunAsync(sandbox, "cat", "cat kept"));
        await sandbox.DisposeAsync();

        await host.Stored.DeleteAllAsync(Key, Test);
    }

    [LiveFact]
    public async Task Damaged_files_are_refused_and_so_is_a_checkpoint_without_them()
    {
        await using var host = await StartAsync();
        var sandbox = await host.CreateAsync(Key, _spec);
        Assert.Equal("", await RunAsync(sandbox, "write", "echo kept > kept"));
        var older = (await sandbox.CheckpointAsync(new CheckpointRequest { Epoch = 1, Timeline = 1 }, Test)).Value!;
        Assert.Equal("", await RunAsync(sandbox, "more", "echo more >> kept"));
        var taken = await SuspendAsync(sandbox, older.Id);
        await DamageImageAsync(host, taken.Id);
        await DamageAsync(host, SnapshotStore.Part((await host.Checkpoints.ReadAsync(Box, taken.Id, Test)).Files!));

        var refused = await host.Sandboxes.RestoreAsync(Key, _spec, Restore(taken.Id, cold: true), elsewhere: null, Test);
        Assert.Equal((SandboxErrorCode.Conflict, false), (refused.Error!.Code, refused.Error.CanStartCold));
        Assert.Contains("Rewind to an older checkpoint", refused.Error.Message, StringComparison.Ordinal);
        Assert.False(host.HasContainers);
        sandbox = await RestoreAsync(host, older.Id, cold: false);
        Assert.Equal("kept\n", await RunAsync(sandbox, "cat", "cat kept"));
        await sandbox.DisposeAsync();

        sandbox = await host.CreateAsync("owner/two");
        taken = await SuspendAsync(sandbox);
        Assert.False(taken.Files);
        host.Host = host.Host with { RunscVersions = new HashSet<string> { "another" } };
        refused = await host.Sandboxes.RestoreAsync("owner/two", LiveHost.Spec, Restore(taken.Id, cold: false), elsewhere: null, Test);
        Assert.Equal((SandboxErrorCode.Conflict, false), (refused.Error!.Code, refused.Error.CanStartCold));
        refused = await host.Sandboxes.RestoreAsync("owner/two", LiveHost.Spec, Restore(taken.Id, cold: true), elsewhere: null, Test);
        Assert.Contains("no layer of its files", refused.Error!.Message, StringComparison.Ordinal);
        Assert.False(host.HasContainers);
    }

    [LiveFact]
    public async Task What_runsc_cannot_make_a_sandbox_of_is_refused_too_and_files_that_change_disturb_nothing()
    {
        await using var host = await StartAsync();
        var sandbox = await host.CreateAsync(Key, _spec);
        var busy = await sandbox.StartAsync(Shell(
            "busy", "i=1; echo 1 > changing; echo on; while :; do i=$((i+1)); echo $i > next; mv next changing; mkdir -p d$((i % 50)); rm -rf d$(((i + 7) % 50)); done"));
        await busy.UntilAsync("on\n");
        var taken = await SuspendAsync(sandbox);
        var manifest = await host.Checkpoints.ReadAsync(Box, taken.Id, Test);

        // Signed by the right key, and yet no image.
        var nonsense = Path.Combine(host.Data.Temporary, "nonsense");
        await File.WriteAllTextAsync(nonsense, "no image", Test);
        var files = await host.Stored.FetchAsync(manifest, Test);
        var parts = Directory.EnumerateFiles(files.Directory, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(files.Directory, file));
        foreach (var name in parts.Keys.Where(name => name.StartsWith("image/", StringComparison.Ordinal)).ToList()) parts[name] = nonsense;
        var wrong = await host.Checkpoints.SaveAsync(host.Draft with { Sandbox = Box, Parent = taken.Id, Layers = manifest.Layers, Files = manifest.Files, MemoryBytes = 1, Timeline = 1 }, parts, Test);
        files.Dispose();
        File.Delete(nonsense);

        await AssertRefusedAsync(host, wrong.Id, "runsc cannot restore");
        sandbox = await RestoreAsync(host, wrong.Id, cold: true);
        Assert.InRange(int.Parse(await RunAsync(sandbox, "cat", "cat changing"), System.Globalization.CultureInfo.InvariantCulture), 1, int.MaxValue);
        await sandbox.DisposeAsync();
        Assert.False(host.HasContainers);
    }

    private Task<LiveHost> StartAsync() => LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 0, Created = 0, Snapshots = 0 });

    private static async Task<string> RunAsync(ILiveSandbox sandbox, string id, string script) =>
        await (await sandbox.StartAsync(Shell(id.Replace(' ', '-'), script) with { Root = id is "make" or "show" or "again" or "once more" })).TextAsync();

    private static async Task<CheckpointDescription> SuspendAsync(ILiveSandbox sandbox, string? parent = null, long epoch = 1, long timeline = 1)
    {
        var taken = await sandbox.CheckpointAsync(new CheckpointRequest { Suspend = true, Parent = parent, Epoch = epoch, Timeline = timeline }, Test);
        Assert.True(taken.Succeeded, taken.Error?.Message);
        await sandbox.DisposeAsync();
        return taken.Value;
    }

    private static async Task AssertRefusedAsync(LiveHost host, string id, string why)
    {
        var refused = await host.Sandboxes.RestoreAsync(Key, _spec, Restore(id, cold: false), elsewhere: null, Test);
        Assert.Equal((SandboxErrorCode.Conflict, true), (refused.Error!.Code, refused.Error.CanStartCold));
        Assert.Contains(why, refused.Error.Message, StringComparison.Ordinal);
        Assert.Contains("--cold", refused.Error.Message, StringComparison.Ordinal);
        Assert.False(host.HasContainers);
    }

    private static async Task<ILiveSandbox> RestoreAsync(LiveHost host, string id, bool cold, long epoch = 2, long? timeline = null)
    {
        var restored = await host.Sandboxes.RestoreAsync(Key, _spec, Restore(id, cold, epoch, timeline), elsewhere: null, Test);
        Assert.True(restored.Succeeded, restored.Error?.Message);
        return restored.Value;
    }

    private static CheckpointRestore Restore(string id, bool cold, long epoch = 2, long? timeline = null) =>
        new() { CheckpointId = id, Epoch = epoch, Timeline = timeline ?? (cold ? 2 : 1), Cold = cold };

    private static async Task DamageImageAsync(LiveHost host, string id) =>
        await DamageAsync(host, (await host.Checkpoints.ReadAsync(Box, id, Test)).Parts.First(part => part.Name == "image/checkpoint.img"));

    /// <summary>Changes a byte of a part, in the store and out of the host's cache.</summary>
    private static async Task DamageAsync(LiveHost host, CheckpointPart part)
    {
        var bytes = new byte[part.Size];
        await using (var blob = await host.Blobs.OpenAsync(CheckpointNames.Part("owner", part.Digest), cancellationToken: Test)) await blob!.Content.ReadExactlyAsync(bytes, Test);
        bytes[bytes.Length / 2] ^= 1;
        await host.Blobs.PutAsync(CheckpointNames.Part("owner", part.Digest), new MemoryStream(bytes), Grains.Storage.BlobPutOptions.Overwrite, Test);
        File.Delete(Path.Combine(host.Data.Path, "checkpoints", $"owner.sha256-{part.Digest.Hex}"));
    }
}
