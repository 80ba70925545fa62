using Sandbox.Grains.Holding;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Checkpoints;

public sealed class DirectoryCheckpointCrashTests() : CheckpointCrashTests(StoreKind.Directory);

public sealed class GcsCheckpointCrashTests() : CheckpointCrashTests(StoreKind.Gcs);

public sealed class MountedCheckpointCrashTests() : CheckpointCrashTests(StoreKind.Mounted);

/// <summary>A process that dies at each request, with and without that request having taken place; then everything is looked at from elsewhere.</summary>
public abstract class CheckpointCrashTests(StoreKind kind)
{
    private static readonly SandboxKey _box = CheckpointFixture.Box;
    private static readonly HashSet<string> _none = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_save_that_dies_anywhere_leaves_a_whole_checkpoint_or_none(bool lost)
    {
        var died = 0;
        for (var at = 0; ; at++, died++)
        {
            using var fixture = new CheckpointFixture(kind);
            var before = await fixture.SaveAsync(_box, null, ("a", "shared"), ("b", "old"));
            if (await SurvivesAsync(fixture, at, lost, () => fixture.SaveAsync(_box, before.Id, ("a", "shared"), ("b", "new")))) break;
            await CheckAsync(fixture, before.Id, "a=shared b=new");
        }

        Assert.InRange(died, 7, 50);
    }

    [Theory(Timeout = 120_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_deletion_that_dies_anywhere_leaves_the_others_whole(bool lost)
    {
        var died = 0;
        for (var at = 0; ; at++, died++)
        {
            using var fixture = new CheckpointFixture(kind);
            var before = await fixture.SaveAsync(_box, null, ("a", "shared"), ("b", "old"));
            var gone = await fixture.SaveAsync(_box, before.Id, ("a", "shared"), ("b", "new"));
            if (await SurvivesAsync(fixture, at, lost, () => fixture.Store.DeleteAsync(_box, gone.Id, _none, Cancel))) break;
            await CheckAsync(fixture, before.Id, "a=shared b=new");
        }

        Assert.InRange(died, 7, 50);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(28, true)]
    [InlineData(5, false)]
    public async Task A_full_disk_is_told_from_a_store_that_fails_and_nothing_is_left(int error, bool full)
    {
        using var fixture = new CheckpointFixture(kind);
        fixture.Blobs.Failure = new IOException("It fails.", error);
        fixture.Blobs.Answers = 3;
        var failed = await Assert.ThrowsAsync<CheckpointStorageException>(() => fixture.SaveAsync(_box, null, ("a", "1")));
        Assert.Equal(full, failed.IsFull);
        fixture.Blobs.Answers = int.MaxValue;
        fixture.Time.Advance(TimeSpan.FromDays(1));
        await fixture.SweepAsync();
        Assert.DoesNotContain(await fixture.NamesAsync(), name => name.Contains("/part", StringComparison.Ordinal));
        Assert.Empty(await fixture.Store.ListAsync(_box, Cancel).ToListAsync(Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_file_that_changes_while_it_is_sent_is_not_stored()
    {
        using var fixture = new CheckpointFixture(kind);
        var part = new CheckpointPart("a", 1, Layers("x"));
        var manifest = Drafts.Manifest(_box, part);
        var parts = new PartStore(fixture.Stored);
        await Assert.ThrowsAsync<IOException>(() => fixture.Store.StoreAsync(
            manifest, _ => parts.KeepAsync("alice", part, "box", manifest.Id, () => new MemoryStream("y"u8.ToArray()), Cancel), Cancel));
        Assert.Empty(await fixture.NamesAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_save_that_was_taken_for_left_behind_fails_instead_of_making_half_a_checkpoint()
    {
        using var fixture = new CheckpointFixture(kind);
        var part = new CheckpointPart("a", 1, Layers("x"));
        var manifest = Drafts.Manifest(_box, part);
        var parts = new PartStore(fixture.Stored);
        var refused = await Assert.ThrowsAsync<CheckpointRefusedException>(() => fixture.Store.StoreAsync(manifest, KeepAndStandStillAsync, Cancel));
        Assert.Equal(CheckpointRefusalKind.Abandoned, refused.Refusal.Kind);
        Assert.Empty(await fixture.Store.ListAsync(_box, Cancel).ToListAsync(Cancel));
        Assert.Equal([$"alice/checkpoints/box/{manifest.Id}"], await fixture.NamesAsync());

        async Task KeepAndStandStillAsync(CheckpointPart _)
        {
            await parts.KeepAsync("alice", part, "box", manifest.Id, () => new MemoryStream("x"u8.ToArray()), Cancel);
            fixture.Time.Advance(TimeSpan.FromDays(1));
            await fixture.SweepAsync();
        }
    }

    private static Silo.Layers.LayerDigest Layers(string text) => Silo.Layers.LayerDigest.OfText(text);

    private static async Task<bool> SurvivesAsync(CheckpointFixture fixture, int at, bool lost, Func<Task> work)
    {
        fixture.Blobs.Requests.Clear();
        fixture.Blobs.Answers = at;
        fixture.Blobs.LosesLastAnswer = lost;
        try
        {
            await work();
        }
        catch (CheckpointStorageException)
        {
            return false;
        }

        return fixture.Blobs.Requests.Count <= at;
    }

    /// <summary>From another host: every checkpoint that is listed is whole; after a sweep nothing is there that belongs to none.</summary>
    private static async Task CheckAsync(CheckpointFixture fixture, string before, string after)
    {
        var host = fixture.Host();
        var listed = await host.ListAsync(_box, Cancel).ToListAsync(Cancel);
        Assert.Equal("a=shared b=old", await fixture.FetchAsync(host, _box, before));
        foreach (var other in listed.Where(checkpoint => checkpoint.Id != before)) Assert.Equal(after, await fixture.FetchAsync(host, _box, other.Id));

        fixture.Time.Advance(TimeSpan.FromDays(1));
        await fixture.SweepAsync();
        Assert.Equal(listed.Count + 1, (await fixture.NamesAsync()).Count(name => name.StartsWith("alice/parts/", StringComparison.Ordinal)));
        Assert.Equal("a=shared b=old", await fixture.FetchAsync(fixture.Host(), _box, before));

        await host.DeleteAllAsync(_box, Cancel);
        fixture.Time.Advance(TimeSpan.FromDays(31));
        await fixture.SweepAsync();
        Assert.Empty(await fixture.NamesAsync());
    }
}
