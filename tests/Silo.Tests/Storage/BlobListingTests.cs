using System.Diagnostics;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage;

namespace Sandbox.Silo.Tests.Storage;

public sealed class DirectoryBlobListingTests() : BlobListingTests(StoreKind.Directory);

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

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

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
