using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sandbox.Grains.Holding;
using Sandbox.Grains.Sandboxes;
using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Snapshots;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Tests.Layers;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Snapshots;

public sealed class DirectorySnapshotStoreTests() : SnapshotStoreTests(StoreKind.Directory);

public sealed class GcsSnapshotStoreTests() : SnapshotStoreTests(StoreKind.Gcs);

public abstract class SnapshotStoreTests : IDisposable
{
    private const string Owner = LayerMaking.Owner;
    private static readonly LayerDescriptor _template = new(LayerDigest.OfText("template"), LayerDigest.OfText("diff"), 1, 1);

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly DataDirectory _data;
    private readonly TestStore _test;
    private readonly IBlobStore _blobs;
    private readonly SnapshotStore _store;

    protected SnapshotStoreTests(StoreKind kind)
    {
        _test = new TestStore(kind, _time);
        _blobs = _test.Blobs;
        _data = DataDirectory.Open(_directory.Below("data"));
        _store = new SnapshotStore(_blobs, _time, new CheckpointOptions());
    }

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _test.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_layer_that_two_snapshots_have_is_stored_once_and_goes_with_the_last()
    {
        var one = await MakeAsync("one", new TarText().File("a"));
        var two = await MakeAsync("two", new TarText().File("a"));
        Assert.Equal(one.Layers[1].Digest, two.Layers[1].Digest);
        Assert.True(await IsThereAsync(one.Layers[1]));

        Assert.True((await _store.DeleteAsync(Owner, "one", cascade: false, Test)).Succeeded);
        Assert.True(await IsThereAsync(one.Layers[1]));
        Assert.True((await _store.DeleteAsync(Owner, "two", cascade: false, Test)).Succeeded);
        Assert.False(await IsThereAsync(one.Layers[1]));
    }

    [Fact]
    public async Task A_name_that_is_taken_is_replaced_only_when_that_is_asked_for()
    {
        var before = await MakeAsync("name", new TarText().File("a"));
        using var writer = new LayerWriter(_data);
        writer.Tar.Write(new TarText().File("b").ToArray());
        var layer = writer.Finish(Owner);
        var draft = new SnapshotDraft(Owner, "name", [_template, layer], new SnapshotOptions());
        var made = new Dictionary<LayerDigest, Func<Stream>> { [layer.Digest] = writer.Open };

        var refused = await _store.AddAsync(draft, made, verify: null, Test);
        Assert.Equal(SandboxErrorCode.Conflict, refused.Error?.Code);
        Assert.False(await IsThereAsync(layer));

        var added = await _store.AddAsync(draft with { Options = new SnapshotOptions { Overwrite = true } }, made, verify: null, Test);
        Assert.True(added.Succeeded);
        Assert.Equal([_template, layer], (await _store.FindAsync(Owner, "name", Test))!.Value.Record.Layers);
        Assert.False(await IsThereAsync(before.Layers[1]));
    }

    [Fact]
    public async Task What_stands_on_a_snapshot_keeps_it_unless_all_is_to_go()
    {
        var parent = await MakeAsync("parent", new TarText().File("a"));
        var child = await ChildAsync("child", parent);
        await ChildAsync("grandchild", child);

        var refused = await _store.DeleteAsync(Owner, "parent", cascade: false, Test);
        Assert.Equal(SandboxErrorCode.Conflict, refused.Error?.Code);
        Assert.Contains("'child'", refused.Error?.Message, StringComparison.Ordinal);

        Assert.True((await _store.DeleteAsync(Owner, "parent", cascade: true, Test)).Succeeded);
        Assert.Empty((await _store.ListAsync(Owner, null, 100, [], Test)).Snapshots);
        Assert.False(await IsThereAsync(parent.Layers[1]));
    }

    [Fact]
    public async Task A_sandbox_that_was_started_from_it_keeps_it_as_long_as_it_is_there()
    {
        var snapshot = await MakeAsync("name", new TarText().File("a"));
        var sandbox = new SandboxKey(Owner, "box");
        Assert.True(await _store.KeepForAsync(sandbox, snapshot, Test));
        const string record = $"{Owner}/grains/sandbox/record/box";
        var living = new Dictionary<string, string> { ["sandbox"] = """{"s":1,"t":"base","d":"/"}""" };
        await _blobs.PutAsync(record, Stream.Null, BlobPutOptions.Create with { Metadata = living }, Test);

        Assert.Contains("'box'", (await _store.DeleteAsync(Owner, "name", cascade: false, Test)).Error?.Message, StringComparison.Ordinal);
        Assert.True((await _store.DeleteAsync(Owner, "name", cascade: true, Test)).Succeeded);
        Assert.True(await IsThereAsync(snapshot.Layers[1]));

        await SweepAsync(TimeSpan.FromHours(7));
        Assert.True(await IsThereAsync(snapshot.Layers[1]));
        await _blobs.DeleteAsync(record, cancellationToken: Test);
        await SweepAsync(TimeSpan.Zero);
        Assert.False(await IsThereAsync(snapshot.Layers[1]));
    }

    [Fact]
    public async Task A_name_is_changed_for_one_that_is_free_and_what_stands_on_the_snapshot_follows()
    {
        var parent = await MakeAsync("parent", new TarText().File("a"));
        await ChildAsync("child", parent);
        await MakeAsync("taken", new TarText().File("b"));
        foreach (var (name, to, code) in ((string, string, SandboxErrorCode)[])[
            ("none", "free", SandboxErrorCode.NotFound), ("parent", "taken", SandboxErrorCode.Conflict), ("parent", "parent", SandboxErrorCode.Conflict)])
        {
            Assert.Equal(code, (await _store.RenameAsync(Owner, name, to, Test)).Error?.Code);
        }

        Assert.Equal("renamed", (await _store.RenameAsync(Owner, "parent", "renamed", Test)).Value?.Name);
        Assert.Null(await _store.FindAsync(Owner, "parent", Test));
        Assert.Equivalent(parent with { Name = "renamed" }, (await _store.FindAsync(Owner, "renamed", Test))!.Value.Record);
        Assert.Equal("renamed", (await _store.FindAsync(Owner, "child", Test))!.Value.Record.Parent);
        Assert.Equal(["renamed", null, null], (await _store.ListAsync(Owner, null, 100, [], Test)).Snapshots.Select(one => one.Parent));
        Assert.Contains("'child'", (await _store.DeleteAsync(Owner, "renamed", cascade: false, Test)).Error?.Message, StringComparison.Ordinal);
        await SweepAsync(TimeSpan.FromHours(7));
        Assert.True(await IsThereAsync(parent.Layers[1]));

        Assert.True((await _store.DeleteAsync(Owner, "renamed", cascade: true, Test)).Succeeded);
        Assert.False(await IsThereAsync(parent.Layers[1]));
    }

    [Fact]
    public async Task What_a_sandbox_stands_on_is_found_under_whatever_name_it_has_by_now()
    {
        var snapshot = await MakeAsync("name", new TarText().File("a"));
        var (sandbox, fork) = (new SandboxKey(Owner, "box"), new SandboxKey(Owner, "fork"));
        Assert.True(await _store.KeepForAsync(sandbox, snapshot, Test));
        // One that is the same all through, and comes first in every listing.
        await MakeAsync("a-twin", new TarText().File("a"));
        Assert.Equal(snapshot.Id, await UnderAsync(sandbox));
        Assert.Equal(snapshot.Id, await UnderAsync(fork));

        Assert.True((await _store.RenameAsync(Owner, "name", "renamed", Test)).Succeeded);
        // The old name is another's now.
        await MakeAsync("name", new TarText().File("b"));
        Assert.Equal(snapshot.Id, await UnderAsync(sandbox));
        Assert.True((await _store.DeleteAsync(Owner, "a-twin", cascade: false, Test)).Succeeded);
        Assert.Equal(snapshot.Id, await UnderAsync(fork));

        Assert.True((await _store.DeleteAsync(Owner, "renamed", cascade: true, Test)).Succeeded);
        Assert.Null(await UnderAsync(sandbox));
        Assert.Null(await _store.FindUnderAsync(sandbox, "base", [_template], Test));

        async Task<string?> UnderAsync(SandboxKey key) => (await _store.FindUnderAsync(key, "name", snapshot.Layers, Test))?.Id;
    }

    [Fact]
    public async Task Of_many_that_rename_one_at_once_one_does_and_the_others_leave_nothing()
    {
        var snapshot = await MakeAsync("name", new TarText().File("a"));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => _store.RenameAsync(Owner, "name", $"name-{i}", Test))));
        var won = Assert.Single(outcomes, outcome => outcome.Succeeded).Value!.Name;
        Assert.Equal([won], (await _store.ListAsync(Owner, null, 100, [], Test)).Snapshots.Select(one => one.Name));
        Assert.True((await _store.DeleteAsync(Owner, won, cascade: false, Test)).Succeeded);
        Assert.False(await IsThereAsync(snapshot.Layers[1]));
    }

    [Fact]
    public async Task The_sweep_leaves_snapshots_alone_and_takes_what_an_unfinished_one_left()
    {
        var snapshot = await MakeAsync("name", new TarText().File("a"));
        var lost = await MakeAsync("lost", new TarText().File("b"));
        await _blobs.DeleteAsync($"{Owner}/snapshots/lost", cancellationToken: Test);

        await SweepAsync(TimeSpan.FromHours(7));
        Assert.True(await IsThereAsync(snapshot.Layers[1]));
        Assert.False(await IsThereAsync(lost.Layers[1]));
    }

    [Fact]
    public async Task A_list_shows_what_the_records_say_by_pages_and_labels()
    {
        var one = await MakeAsync("one", new TarText().File("a"));
        await MakeAsync("two", new TarText().File("a"));
        Assert.True((await _store.LabelAsync(Owner, "two", new() { ["kind"] = "ä" }, Test)).Succeeded);

        var page = await _store.ListAsync(Owner, null, 1, [], Test);
        Assert.Equal("one", page.Next);
        Assert.Equivalent(one.Describe() with { Layers = [], Created = DateTimeOffset.FromUnixTimeMilliseconds(one.Created.ToUnixTimeMilliseconds()) }, page.Snapshots[0]);
        Assert.Equal("two", Assert.Single((await _store.ListAsync(Owner, null, 100, new() { ["kind"] = "ä" }, Test)).Snapshots).Name);
        Assert.Empty((await _store.ListAsync("other", null, 100, [], Test)).Snapshots);
    }

    private Task<SnapshotRecord> MakeAsync(string name, params TarText[] tars) => _store.MakeAsync(_data, name, [_template], tars);

    private async Task<SnapshotRecord> ChildAsync(string name, SnapshotRecord parent)
    {
        var draft = new SnapshotDraft(Owner, name, parent.Layers, new SnapshotOptions(), new SnapshotParent(parent.Name, parent.Id));
        return (await _store.AddAsync(draft, new Dictionary<LayerDigest, Func<Stream>>(), verify: null, Test)).Value!;
    }

    private async Task<bool> IsThereAsync(LayerDescriptor layer) => await _blobs.FindAsync(layer.BlobName, Test) is not null;

    private async Task SweepAsync(TimeSpan later)
    {
        _time.Advance(later);
        await new CheckpointSweep(_blobs, Options.Create(new CheckpointOptions()), _time, NullLogger<CheckpointSweep>.Instance).RunAsync(Owner, Test);
    }
}
