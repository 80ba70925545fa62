using Sandbox.Grains.Checkpoints;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Silo.Executions;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Pool;
using Sandbox.Silo.Tests.Containers;
using Sandbox.Silo.Tests.Layers;
using Sandbox.Silo.Tests.Sandboxes;

namespace Sandbox.Silo.Tests.Snapshots;

[Collection("runsc")]
public sealed class FromSnapshotTests(TestBinaries binaries, LiveTemplate template)
{
    private const string Key = "owner/one";
    private const string Look = "cd /srv && ls -A | tr '\\n' ' ' && cat kept && ls -A d | tr '\\n' ' ' && python3 -c 'print(6 * 7)'";

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [LiveFact]
    public async Task A_sandbox_stands_on_all_layers_of_a_snapshot_and_what_one_deleted_or_replaced_stays_so()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        await host.Snapshots.MakeAsync(host.Data, "five", [host.Template], Five());
        var sandbox = await host.CreateAsync(Key, LiveHost.Spec with { Snapshot = "five" });

        Assert.Equal("d kept third first\nfresh new 42\n", await RunAsync(sandbox, "look", Look));
        // What lies below is not written to, and what is written goes over it.
        Assert.Equal("mine gone\n", await RunAsync(sandbox, "write", "echo mine > /srv/kept; rm -r /srv/d; printf '%s ' $(cat /srv/kept); test -e /srv/d || echo gone", root: true));
    }

    [LiveFact]
    public async Task A_checkpoint_names_the_layers_keeps_them_and_goes_on_over_them()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        var snapshot = await host.Snapshots.MakeAsync(host.Data, "five", [host.Template], Five());
        var sandbox = await host.CreateAsync(Key, LiveHost.Spec with { Snapshot = "five" });
        var cat = await sandbox.StartAsync(LiveTesting.Shell("cat", "read line; cat /srv/kept; echo $line") with { Stdin = true });
        var taken = await sandbox.CheckpointAsync(new CheckpointRequest { Suspend = true, Epoch = 1, Timeline = 1 }, Test);
        Assert.True(taken.Succeeded, taken.Error?.Message);
        await sandbox.DisposeAsync();

        var manifest = await host.Checkpoints.ReadAsync(Grains.Holding.SandboxKey.Parse(Key), taken.Value.Id, Test);
        Assert.Equal(snapshot.Layers, manifest.Layers);
        Assert.True((await host.Snapshots.DeleteAsync("owner", "five", cascade: true, Test)).Succeeded);

        var restored = await host.Sandboxes.RestoreAsync(
            Key, LiveHost.Spec with { Snapshot = "five" }, new CheckpointRestore { CheckpointId = taken.Value.Id, Timeline = 1, Epoch = 2 }, elsewhere: null, Test);
        Assert.True(restored.Succeeded, restored.Error?.Message);
        await restored.Value.Find(cat.Id)!.TypeAsync(0, "on\n");
        Assert.Equal("first\non\n", await restored.Value.Find(cat.Id)!.TextAsync());
    }

    [LiveFact]
    public async Task A_snapshot_that_was_used_is_kept_started_for_the_next()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 0, Created = 1, Snapshots = 1 });
        await host.Snapshots.MakeAsync(host.Data, "one", [host.Template], new TarText().File("srv/a", "one"));
        await host.Snapshots.MakeAsync(host.Data, "two", [host.Template], new TarText().File("srv/a", "two"));
        await host.CreateAsync("owner/a", LiveHost.Spec with { Snapshot = "one" });
        await LiveTesting.UntilAsync(() => host.Standbys.Ready == 1);

        var sandbox = await host.CreateAsync("owner/b", LiveHost.Spec with { Snapshot = "one" });
        // It took the one that was there; the next takes longer than this.
        Assert.Equal(0, host.Standbys.Ready);
        Assert.Equal("one", await RunAsync(sandbox, "cat", "cat /srv/a"));
        Assert.Equal("two", await RunAsync(await host.CreateAsync("owner/c", LiveHost.Spec with { Snapshot = "two" }), "cat", "cat /srv/a"));
    }

    [LiveFact]
    public async Task A_snapshot_that_was_made_here_is_kept_started_until_another_is_beside_those_that_were_used()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 0, Created = 1, Snapshots = 2 });
        await host.Snapshots.MakeAsync(host.Data, "used", [host.Template], new TarText().File("srv/a", "used"));
        await host.CreateAsync("owner/used", LiveHost.Spec with { Snapshot = "used" });
        var maker = await host.CreateAsync(Key, LiveHost.Spec);
        foreach (var name in (string[])["first", "second"])
        {
            Assert.Equal("", await RunAsync(maker, name, $"echo {name} > /tmp/made"));
            var taken = await maker.SnapshotAsync(name, new SnapshotOptions(), Test);
            Assert.True(taken.Succeeded, taken.Error?.Message);
            await TakeReadyAsync(name);
        }

        Assert.Equal(2, host.Standbys.Stacks);
        Assert.Null(host.Standbys.TryTake(await ChainAsync("first")));
        await TakeReadyAsync("used");
        Assert.Equal("second\n", await RunAsync(await host.CreateAsync("owner/b", LiveHost.Spec with { Snapshot = "second" }), "cat", "cat /tmp/made"));

        async Task TakeReadyAsync(string name)
        {
            var (chain, ready) = (await ChainAsync(name), default(StartedSandbox));
            await LiveTesting.UntilAsync(() => (ready = host.Standbys.TryTake(chain)) is not null);
            await ready!.DisposeAsync();
        }

        async Task<LayerDigest> ChainAsync(string name) =>
            LayerDigest.OfChain((await host.Snapshots.FindAsync("owner", name, Test))!.Value.Record.Layers.Select(layer => layer.DiffId));
    }

    [LiveFact]
    public async Task A_snapshot_that_is_not_there_or_anothers_starts_nothing()
    {
        await using var host = await LiveHost.StartAsync(binaries, template);
        await host.Snapshots.MakeAsync(host.Data, "five", [host.Template], Five());
        var missing = await host.Sandboxes.StartAsync(Key, LiveHost.Spec with { Snapshot = "none" }, elsewhere: null, Test);
        Assert.Equal(SandboxErrorCode.NotFound, missing.Error?.Code);
        var others = await host.Sandboxes.StartAsync("other/one", LiveHost.Spec with { Snapshot = "five" }, elsewhere: null, Test);
        Assert.Equal(SandboxErrorCode.NotFound, others.Error?.Code);
        Assert.False(host.HasContainers);
    }

    [LiveFact]
    public async Task A_stack_whose_layers_are_gone_is_kept_ready_no_more_until_it_is_used_again()
    {
        await using var host = await LiveHost.StartAsync(binaries, template, new PoolOptions { Size = 0, Created = 1, Snapshots = 1 });
        host.Standbys.Note([host.Template, new LayerDescriptor(LayerDigest.OfText("gone"), LayerDigest.OfText("gone diff"), 1, 1, "owner")]);
        await LiveTesting.UntilAsync(() => host.Standbys.Stacks == 0);

        await host.Snapshots.MakeAsync(host.Data, "five", [host.Template], Five());
        await host.CreateAsync(Key, LiveHost.Spec with { Snapshot = "five" });
        await LiveTesting.UntilAsync(() => host.Standbys.Ready == 1);
    }

    private static TarText[] Five() =>
    [
        new TarText().File("srv/kept", "first\n").File("srv/gone").File("srv/d/old").File("srv/d/older"),
        new TarText().File("srv/.wh.gone").File("srv/second"),
        new TarText().File("srv/d/.wh..wh..opq").File("srv/d/new").File("srv/third"),
        new TarText().File("srv/.wh.second"),
        new TarText().File("srv/d/fresh"),
    ];

    private static async Task<string> RunAsync(ILiveSandbox sandbox, string id, string script, bool root = false)
    {
        var process = await sandbox.StartAsync(LiveTesting.Shell(id, script) with { Root = root });
        return await process.TextAsync();
    }
}
