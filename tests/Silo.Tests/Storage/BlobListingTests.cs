using System.Diagnostics;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Tests.Storage;

public sealed class DirectoryBlobListingTests() : BlobListingTests(StoreKind.Directory)
{
    [Fact(Timeout = 60_000)]
    public async Task What_a_listing_has_read_the_next_need_not_read_once_it_has_settled()
    {
        using var test = new TestStore(StoreKind.Directory);
        var store = (DirectoryBlobStore)test.Blobs;
        await store.PutAsync("a/one", new MemoryStream([1]), Described("1"), Cancel);
        await store.PutAsync("a/two", new MemoryStream([1]), Described("2"), Cancel);
        await store.PutAsync("a/bare", new MemoryStream([1]), BlobPutOptions.Overwrite, Cancel);

        // Two changes of a moment may look like one.
        Assert.Equal(["", "1", "2"], await ValuesAsync(store));
        Assert.Equal(0, store.Listed);

        // The tick of the clock that stamps files.
        store.Settled = TimeSpan.FromMilliseconds(50);
        while (store.Listed < 2) Assert.Equal(["", "1", "2"], await ValuesAsync(store));
        var known = await store.ListAsync("a/", cancellationToken: Cancel).ToListAsync(Cancel);
        foreach (var blob in known) Assert.Equivalent(await store.FindAsync(blob.Name, Cancel), blob, strict: true);
        Assert.Equal(2, store.Listed);

        Assert.True(await store.DeleteAsync("a/one", cancellationToken: Cancel));
        Assert.Equal(["", "2"], await ValuesAsync(store));
        Assert.Equal(1, store.Listed);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_another_process_replaced_by_as_many_bytes_or_deleted_and_made_anew_is_listed_as_it_is()
    {
        using var test = new TestStore(StoreKind.Directory);
        var (store, other) = ((DirectoryBlobStore)test.Blobs, test.Open());
        store.Settled = TimeSpan.FromMilliseconds(50);
        for (var round = 1; round <= 5; round++)
        {
            await other.PutAsync("a/x", new MemoryStream([1]), Described("0"), Cancel);
            while (store.Listed == 0) await ValuesAsync(store);
            await other.PutAsync("a/x", new MemoryStream([2]), Described($"{round}"), Cancel);
            Assert.Equal([$"{round}"], await ValuesAsync(store));
            await other.DeleteAsync("a/x", cancellationToken: Cancel);
            Assert.Empty(await ValuesAsync(store));
            await other.PutAsync("a/x", new MemoryStream([3]), Described("n"), Cancel);
            Assert.Equal(["n"], await ValuesAsync(store));
            Assert.True(await store.DeleteAsync("a/x", cancellationToken: Cancel));
        }
    }

    private static BlobPutOptions Described(string value) => new() { Metadata = new Dictionary<string, string> { ["value"] = value } };

    private static async Task<string[]> ValuesAsync(DirectoryBlobStore store) =>
        await store.ListAsync("a/", cancellationToken: Cancel).Select(blob => blob.Metadata.GetValueOrDefault("value", "")).ToArrayAsync(Cancel);
}

public sealed class GcsBlobListingTests() : BlobListingTests(StoreKind.Gcs);

public sealed class MountedBlobListingTests() : BlobListingTests(StoreKind.Mounted);

public abstract class BlobListingTests(StoreKind kind) : IDisposable
{
    private static readonly string[] Names =
    [
        "a", "a-b", "a-b/c", "a.b", "a/b", "a/b-c", "a/b/c", "a/b/c/d", "a/bc", "a0", "ab/c", "b/z", "c.d/e", "c/e", "c=/e", "c_/e", "d", "E",
    ];

    private readonly TestStore _test = new(kind);

    private IBlobStore Store => _test.Blobs;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _test.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task A_listing_has_the_names_behind_a_prefix_and_another_name_in_ordinal_order()
    {
        await FillAsync(Names);
        var sorted = Names.Order(StringComparer.Ordinal).ToArray();
        string[] prefixes = ["", "a", "a/", "a/b", "a/b/", "a-", "c", "c/", "zz", "a/b/c/d", "a/b/c/d/e"];
        string?[] afters = [null, "", .. Names, "a/", "a/b/c/e", "a~", "c=", "zz", "0"];
        foreach (var prefix in prefixes)
        {
            foreach (var after in afters)
            {
                var expected = sorted.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(name, after) > 0);
                Assert.Equal(expected, await ListAsync(prefix, after));
            }
        }
    }

    [Theory(Timeout = 30_000)]
    [InlineData("../")]
    [InlineData("/")]
    [InlineData("/etc/")]
    [InlineData("a/../")]
    [InlineData("..")]
    public async Task A_prefix_that_no_name_has_leads_nowhere(string prefix)
    {
        await FillAsync(["a/b"]);
        Assert.Empty(await ListAsync(prefix, null));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_listing_never_shows_less_than_what_was_written_when_it_began()
    {
        const int writers = 4;
        var other = _test.Open();
        var written = new int[writers];
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var writing = Enumerable.Range(0, writers).Select(i => Task.Run(async () =>
        {
            for (var number = 1; number <= 100; number++)
            {
                var options = new BlobPutOptions { Metadata = new Dictionary<string, string> { ["number"] = $"{number:D3}" } };
                await (i % 2 == 0 ? Store : other).PutAsync($"a/{i}", new MemoryStream([1, 2, 3]), options, Cancel);
                Volatile.Write(ref written[i], number);
            }
        }, Cancel)).ToList();
        var done = Task.WhenAll(writing);
        var last = false;
        while (!last)
        {
            last = done.IsCompleted;
            var before = Enumerable.Range(0, writers).Select(i => Volatile.Read(ref written[i])).ToArray();
            var listed = await Store.ListAsync("a/", cancellationToken: Cancel).ToDictionaryAsync(blob => blob.Name, cancellationToken: Cancel);
            for (var i = 0; i < writers; i++)
            {
                var number = listed.TryGetValue($"a/{i}", out var blob) ? int.Parse(blob.Metadata["number"], null) : 0;
                Assert.True(number >= before[i], $"{number} was listed of a/{i}, and {before[i]} had been written.");
            }
        }

        await done;
    }

    [Fact(Timeout = 120_000)]
    public async Task Pages_of_ten_thousand_blobs_give_each_once_with_its_metadata()
    {
        var names = Enumerable.Range(0, 10_000).Select(i => $"owner/states/s{i:D5}").ToArray();
        await FillAsync(names, durable: false);
        var seen = new List<string>();
        string? after = null;
        var slowest = TimeSpan.Zero;
        while (true)
        {
            var started = Stopwatch.GetTimestamp();
            var page = await Store.ListAsync("owner/states/", after, Cancel).Take(1_000).ToListAsync(Cancel);
            slowest = Stopwatch.GetElapsedTime(started) is var took && took > slowest ? took : slowest;
            if (page.Count == 0)
            {
                break;
            }

            Assert.All(page, blob => Assert.Equal(blob.Name, blob.Metadata["name"]));
            seen.AddRange(page.Select(blob => blob.Name));
            after = seen[^1];
        }

        Assert.Equal(names, seen);
        TestContext.Current.SendDiagnosticMessage("The slowest page of 1,000 among 10,000 blobs took {0:F1} ms.", slowest.TotalMilliseconds);
    }

    private async Task FillAsync(IEnumerable<string> names, bool durable = true)
    {
        foreach (var name in names)
        {
            var options = new BlobPutOptions { Metadata = new Dictionary<string, string> { ["name"] = name } };
            if (durable)
            {
                await Store.PutAsync(name, new MemoryStream([1, 2, 3]), options, Cancel);
                continue;
            }

            if (_test.Bucket is { } bucket)
            {
                bucket.Put("below/" + name, [1, 2, 3], "", options.Metadata);
                continue;
            }

            // Ten thousand puts would wait for the disk twenty thousand times; the files are the same.
            var path = _test.Below("names", name) + "@";
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var header = BlobFileHeader.Create(options.Metadata).Bytes;
            if (kind == StoreKind.Mounted) await File.WriteAllBytesAsync(path + "0", [.. header, .. header.AsSpan(BlobFileHeader.GenerationOffset, 16), 1, .. new byte[15]], Cancel);
            else await File.WriteAllBytesAsync(path, header, Cancel);
        }
    }

    private async Task<List<string>> ListAsync(string prefix, string? after) =>
        await Store.ListAsync(prefix, after, Cancel).Select(blob => blob.Name).ToListAsync(Cancel);
}
