using Sandbox.Grains.Holding;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Checkpoints;

public sealed class DirectoryCheckpointStoreTests() : CheckpointStoreTests(StoreKind.Directory);

public sealed class GcsCheckpointStoreTests() : CheckpointStoreTests(StoreKind.Gcs);

public sealed class MountedCheckpointStoreTests() : CheckpointStoreTests(StoreKind.Mounted);

public abstract class CheckpointStoreTests(StoreKind kind) : IDisposable
{
    private static readonly SandboxKey _box = CheckpointFixture.Box;
    private static readonly HashSet<string> _none = [];
    private readonly CheckpointFixture _fixture = new(kind);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact(Timeout = 30_000)]
    public async Task What_is_saved_comes_back_on_another_host()
    {
        var saved = await _fixture.SaveAsync(_box, null, ("image/pages.img", "memory"), ("sandbox.json", "{}"), ("logs/out.0", ""));
        var other = _fixture.Host();
        Assert.Equivalent(saved, await other.ReadAsync(_box, saved.Id, Cancel), strict: true);
        Assert.Equal("image/pages.img=memory logs/out.0= sandbox.json={}", await _fixture.FetchAsync(other, _box, saved.Id));
        Assert.Equal((8, 3, 2), (saved.Size, saved.Epoch, saved.Timeline));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_host_that_made_it_fetches_nothing()
    {
        var saved = await _fixture.SaveAsync(_box, null, ("image/pages.img", "memory"), ("sandbox.json", "{}"));
        _fixture.Blobs.Requests.Clear();
        Assert.Equal("image/pages.img=memory sandbox.json={}", await _fixture.FetchAsync(_fixture.Store, _box, saved.Id));
        Assert.Equal([$"open alice/checkpoints/box/{saved.Id}"], _fixture.Blobs.Requests);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_part_that_is_there_is_not_sent_again()
    {
        await _fixture.SaveAsync(_box, null, ("log.0", "same"));
        _fixture.Blobs.Requests.Clear();
        await _fixture.SaveAsync(new SandboxKey("alice", "other"), null, ("log.0", "same"), ("log.1", "same"));
        Assert.DoesNotContain(_fixture.Blobs.Requests, request => request.StartsWith("put alice/parts/", StringComparison.Ordinal));
        Assert.Single(await _fixture.NamesAsync(), name => name.StartsWith("alice/parts/", StringComparison.Ordinal));

        await _fixture.SaveAsync(new SandboxKey("bob", "box"), null, ("log.0", "same"));
        Assert.Single(_fixture.Blobs.Requests, request => request.StartsWith("put bob/parts/", StringComparison.Ordinal));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_tree_is_listed_oldest_first_without_opening_anything()
    {
        var first = await _fixture.SaveAsync(_box, null, ("a", "1"));
        var second = await _fixture.Store.SaveAsync(
            Drafts.Of(_box, first.Id) with { Label = "vor dem Umbau: größer", Kind = CheckpointKind.Suspend }, _fixture.Files(("a", "22")), Cancel);
        await _fixture.SaveAsync(new SandboxKey("alice", "box2"), null, ("a", "1"));
        _fixture.Blobs.Requests.Clear();
        var listed = await _fixture.Store.ListAsync(_box, Cancel).ToListAsync(Cancel);
        Assert.Equal(
            [
                new CheckpointSummary(first.Id, null, first.Created, 1, "", CheckpointKind.Manual),
                new CheckpointSummary(second.Id, first.Id, second.Created, 2, "vor dem Umbau: größer", CheckpointKind.Suspend),
            ],
            listed);
        Assert.Single(_fixture.Blobs.Requests);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_longest_label_fits()
    {
        var label = string.Concat(Enumerable.Repeat("語", 128));
        await _fixture.Store.SaveAsync(Drafts.Of(_box) with { Label = label }, _fixture.Files(("a", "1")), Cancel);
        Assert.Equal(label, (await _fixture.Store.ListAsync(_box, Cancel).SingleAsync(Cancel)).Label);
        await Assert.ThrowsAsync<ArgumentException>(
            () => _fixture.Store.SaveAsync(Drafts.Of(_box) with { Label = label + "x" }, _fixture.Files(("a", "1")), Cancel));
    }

    [Fact(Timeout = 30_000)]
    public async Task Deleting_removes_what_nothing_else_has()
    {
        var first = await _fixture.SaveAsync(_box, null, ("a", "shared"), ("b", "one"));
        var second = await _fixture.SaveAsync(_box, first.Id, ("a", "shared"), ("b", "two"));
        Assert.Equal(CheckpointDeletion.Needed, await _fixture.Store.DeleteAsync(_box, first.Id, new HashSet<string> { first.Id }, Cancel));
        Assert.Equal(CheckpointDeletion.Deleted, await _fixture.Store.DeleteAsync(_box, first.Id, _none, Cancel));
        Assert.Equal(CheckpointDeletion.NotFound, await _fixture.Store.DeleteAsync(_box, first.Id, _none, Cancel));
        Assert.Equal("a=shared b=two", await _fixture.FetchAsync(_fixture.Host(), _box, second.Id));
        Assert.Equal(CheckpointRefusalKind.NotFound, await RefusalAsync(() => _fixture.Store.ReadAsync(_box, first.Id, Cancel)));

        await _fixture.Store.DeleteAllAsync(_box, Cancel);
        Assert.Empty(await _fixture.NamesAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_fork_shares_every_part_and_outlives_what_it_came_from()
    {
        var saved = await _fixture.SaveAsync(_box, null, ("a", "memory"));
        var fork = new SandboxKey("alice", "fork");
        _fixture.Blobs.Requests.Clear();
        var copy = await _fixture.Store.CopyManifestAsync(_box, saved.Id, fork, Cancel);
        Assert.DoesNotContain(_fixture.Blobs.Requests, request => request.Contains(" alice/parts/", StringComparison.Ordinal) && !request.StartsWith("find", StringComparison.Ordinal));
        await _fixture.Store.DeleteAllAsync(_box, Cancel);

        var read = await _fixture.Host().ReadAsync(fork, copy.Id, Cancel);
        Assert.Equal(new CheckpointOrigin("box", saved.Id), read.Origin);
        Assert.Equal("a=memory", await _fixture.FetchAsync(_fixture.Host(), fork, copy.Id));
        await Assert.ThrowsAsync<ArgumentException>(() => _fixture.Store.CopyManifestAsync(fork, copy.Id, new SandboxKey("bob", "box"), Cancel));
        Assert.Equal(CheckpointRefusalKind.NotFound, await RefusalAsync(() => _fixture.Store.CopyManifestAsync(_box, saved.Id, fork, Cancel)));
    }

    [Fact(Timeout = 30_000)]
    public async Task Retention_deletes_the_oldest()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++) ids.Add((await _fixture.SaveAsync(_box, ids.LastOrDefault(), ("a", $"{i}"))).Id);
        Assert.Equal([ids[1], ids[2]], await _fixture.Store.RetainAsync(_box, 2, new HashSet<string> { ids[0] }, Cancel));
        Assert.Equal([ids[0], ids[3], ids[4]], await _fixture.Store.ListAsync(_box, Cancel).Select(checkpoint => checkpoint.Id).ToListAsync(Cancel));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_manifest_of_another_key_or_another_sandbox_is_refused()
    {
        var saved = await _fixture.SaveAsync(_box, null, ("a", "1"));
        Assert.Equal(CheckpointRefusalKind.WrongKey,
            await RefusalAsync(() => _fixture.Host(keys: new CheckpointKeys([.. Enumerable.Repeat((byte)7, 32)])).ReadAsync(_box, saved.Id, Cancel)));

        await using var blob = await _fixture.Stored.OpenAsync($"alice/checkpoints/box/{saved.Id}", cancellationToken: Cancel);
        await _fixture.Stored.PutAsync($"alice/checkpoints/mine/{saved.Id}", blob!.Content, new(), Cancel);
        Assert.Equal(CheckpointRefusalKind.Foreign, await RefusalAsync(() => _fixture.Store.ReadAsync(new SandboxKey("alice", "mine"), saved.Id, Cancel)));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("changed")]
    [InlineData("mem")]
    [InlineData("memory and more")]
    [InlineData(null)]
    public async Task A_damaged_or_missing_part_is_refused_and_leaves_no_file(string? content)
    {
        var saved = await _fixture.SaveAsync(_box, null, ("a", "memory"), ("b", "fine"));
        var part = $"alice/parts/sha256-{saved.Parts[0].Digest.Hex}";
        if (content is null) await _fixture.Stored.DeleteAsync(part, cancellationToken: Cancel);
        else await _fixture.Stored.PutAsync(part, new MemoryStream(System.Text.Encoding.ASCII.GetBytes(content)), new(), Cancel);

        var directory = _fixture.Below("restore");
        var expected = await RefusalAsync(async () =>
        {
            await _fixture.Host().FetchAsync(saved, directory, Cancel);
            return saved;
        });
        Assert.Equal(content is null ? CheckpointRefusalKind.PartMissing : CheckpointRefusalKind.Damaged, expected);
        Assert.Empty(Directory.EnumerateFiles(directory));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_name_that_leads_elsewhere_is_refused_even_when_it_is_signed()
    {
        var saved = await _fixture.SaveAsync(_box, null, ("a", "memory"));
        var evil = saved with { Parts = [saved.Parts[0] with { Name = "../../evil" }] };
        Assert.Equal(CheckpointRefusalKind.Damaged, await RefusalAsync(async () =>
        {
            await _fixture.Store.FetchAsync(evil, _fixture.Below("restore"), Cancel);
            return evil;
        }));
        await Assert.ThrowsAsync<ArgumentException>(() => _fixture.Store.SaveAsync(Drafts.Of(_box), _fixture.Files(("other/x", "1")), Cancel));
        Assert.False(Directory.Exists(_fixture.Below("restore")));
    }

    private static async Task<CheckpointRefusalKind> RefusalAsync(Func<Task<CheckpointManifest>> call) =>
        (await Assert.ThrowsAsync<CheckpointRefusedException>(call)).Refusal.Kind;
}
