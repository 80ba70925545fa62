using System.Security.Cryptography;

namespace Sandbox.Silo.Tests.Storage;

public sealed class MountedBlobStoreTests() : BlobStoreTests(StoreKind.Mounted)
{
    [Fact(Timeout = 60_000)]
    public async Task A_put_that_stopped_at_any_byte_leaves_the_old_blob_and_the_next_one_goes_on()
    {
        await PutAsync("a/b", "old");
        var (old, @new) = (await FileOfAsync("a/b"), Test.Below("names", "a", "b@1"));
        await PutAsync("a/b", "new!");
        var whole = await File.ReadAllBytesAsync(@new, Cancel);
        for (var length = 0; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(Test.Below("names", "a", "b@0"), old, Cancel);
            await File.WriteAllBytesAsync(@new, whole[..length], Cancel);
            Assert.Equal("old", await ReadAsync("a/b"));
            Assert.Equal(["a/b"], await NamesAsync(""));
        }

        await PutAsync("a/b", "newer");
        Assert.Equal("newer", await ReadAsync("a/b"));
        Assert.Equal(["b@1"], Directory.GetFiles(Test.Below("names", "a")).Select(Path.GetFileName));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_put_or_a_deletion_that_stopped_before_the_last_file_went_neither_brings_an_older_blob_back()
    {
        await PutAsync("a", "one");
        var one = await FileOfAsync("a");
        await PutAsync("a", "two");
        await File.WriteAllBytesAsync(Test.Below("names", "a@0"), one, Cancel);
        Assert.Equal("two", await ReadAsync("a"));

        await PutAsync("a", "three");
        Assert.Equal("three", await ReadAsync("a"));
        Assert.Equal(["a@0"], Directory.GetFiles(Test.Below("names")).Select(Path.GetFileName));

        await File.WriteAllBytesAsync(Test.Below("names", "a@1"), one, Cancel);
        Assert.True(await Test.Blobs.DeleteAsync("a", cancellationToken: Cancel));
        Assert.Empty(Directory.GetFiles(Test.Below("names")));
    }

    [Fact(Timeout = 60_000)]
    public async Task Content_that_looks_like_a_whole_file_makes_none()
    {
        // A guest chooses what a layer holds: here the file of another blob, cut off just behind that one's seal.
        await PutAsync("a", "evil");
        var evil = await FileOfAsync("a");
        await Test.Blobs.PutAsync("b", new MemoryStream(evil), new(), Cancel);
        var file = await File.ReadAllBytesAsync(Test.Below("names", "b@0"), Cancel);
        await File.WriteAllBytesAsync(Test.Below("names", "b@0"), file[..^32], Cancel);
        Assert.Null(await Test.Blobs.FindAsync("b", Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task Readers_see_a_whole_blob_and_never_none_while_it_is_replaced()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await PutAsync("a", new string('0', 1000));
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var last = 0;
            while (!over.IsCancellationRequested)
            {
                var read = int.Parse((await ReadAsync("a")).TrimStart('0').PadLeft(1, '0'), null);
                Assert.True(read >= last, $"{read} after {last}");
                last = read;
            }
        }, Cancel)).ToList();
        for (var i = 1; i <= 200; i++) await PutAsync("a", i.ToString("D1000", null));
        await over.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact(Timeout = 60_000)]
    public async Task Whatever_fails_leaves_no_file_beside()
    {
        using var unfit = new UnfitDirectory();
        using var store = unfit.Open(TimeProvider.System);
        await Assert.ThrowsAsync<IOException>(() => store.PutAsync("a", new FailingStream(), new(), Cancel));
        await store.PutAsync("a", new MemoryStream(RandomNumberGenerator.GetBytes(5_000_000)), new(), Cancel);
        Assert.True(await store.DeleteAsync("a", cancellationToken: Cancel));
        Assert.Empty(Directory.GetFileSystemEntries(unfit.Spool));
        Assert.Empty(Directory.GetFileSystemEntries(unfit.Elsewhere));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(unfit.Path, "names")));
    }

    private Task<byte[]> FileOfAsync(string name) =>
        File.ReadAllBytesAsync(new[] { $"{name}@0", $"{name}@1" }.Select(file => Test.Below(["names", .. file.Split('/')])).First(File.Exists), Cancel);

    private sealed class FailingStream : MemoryStream
    {
        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => throw new IOException("gone");
    }
}
