using System.Text;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Tests.Storage;

/// <summary>What the port promises, of each kind of store.</summary>
public abstract class BlobStoreTests(StoreKind kind) : IDisposable
{
    private readonly TestStore _test = new(kind);

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected TestStore Test => _test;

    private IBlobStore Store => _test.Blobs;

    public void Dispose() => _test.Dispose();

    [Fact(Timeout = 30_000)]
    public async Task What_is_put_is_read_back_with_its_metadata()
    {
        var put = await PutAsync("alice/notes/one", "hello", new BlobPutOptions { Metadata = new Dictionary<string, string> { ["café"] = "ü", ["e"] = "" } });
        await using var open = await Store.OpenAsync("alice/notes/one", cancellationToken: Cancel);

        Assert.Equal("hello", await new StreamReader(open!.Content).ReadToEndAsync(Cancel));
        Assert.Equivalent(put, open.Properties, strict: true);
        Assert.Equal("ü", open.Properties.Metadata["café"]);
        Assert.Equal("", open.Properties.Metadata["e"]);
        Assert.Equal(5, open.Properties.Size);
        Assert.Equivalent(put, await Store.FindAsync("alice/notes/one", Cancel), strict: true);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_was_never_put_is_not_there()
    {
        Assert.Null(await Store.OpenAsync("a/b", cancellationToken: Cancel));
        Assert.Null(await Store.FindAsync("a/b", Cancel));
        Assert.False(await Store.DeleteAsync("a/b", cancellationToken: Cancel));
        Assert.Empty(await NamesAsync("a"));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_create_over_a_blob_and_a_replace_of_another_generation_change_nothing()
    {
        var first = await PutAsync("a", "1");
        Assert.Null(await PutAsync("a", "2", BlobPutOptions.Create));
        Assert.Null(await PutAsync("a", "2", BlobPutOptions.Replace("0")));
        Assert.Null(await PutAsync("b", "2", BlobPutOptions.Replace("0")));
        Assert.Equal("1", await ReadAsync("a"));

        var second = await PutAsync("a", "2", BlobPutOptions.Replace(first!.Generation));
        Assert.NotEqual(first.Generation, second!.Generation);
        Assert.Null(await PutAsync("a", "3", BlobPutOptions.Replace(first.Generation)));
        Assert.Equal("2", await ReadAsync("a"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_many_creates_and_of_many_replaces_exactly_one_wins()
    {
        var other = _test.Open();
        BlobPutOptions options = BlobPutOptions.Create;
        for (var round = 0; round < 10; round++)
        {
            var puts = Enumerable.Range(0, 16).Select(i =>
                Task.Run(() => (i % 2 == 0 ? Store : other).PutAsync("a/b", new MemoryStream([(byte)i]), options, Cancel), Cancel));
            var won = Assert.Single(await Task.WhenAll(puts), put => put is not null);
            options = BlobPutOptions.Replace(won!.Generation);
        }
    }

    /// <summary>Of a store that several processes may use.</summary>
    protected async Task CountWithOtherProcessesAsync()
    {
        // Each counter that comes too late asks again, which costs more over HTTP.
        var times = _test.Bucket is null ? 100 : 20;
        using var one = BlobProcess.Start("count", CloudStorageFixture.Server.Address.ToString(), _test.Location, "counter", $"{times}");
        using var two = BlobProcess.Start("count", CloudStorageFixture.Server.Address.ToString(), _test.Location, "counter", $"{times}");
        try
        {
            await BlobProcess.CountAsync(Store, "counter", times);
            await Task.WhenAll(one.WaitForExitAsync(Cancel), two.WaitForExitAsync(Cancel));
            Assert.Equal((0, 0), (one.ExitCode, two.ExitCode));
            Assert.Equal($"{3 * times}", await ReadAsync("counter"));
        }
        finally
        {
            one.Kill();
            two.Kill();
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task A_put_that_is_cancelled_or_whose_content_fails_writes_nothing()
    {
        await PutAsync("a", "old");
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutAsync("a", new BrokenStream(cancel.Cancel), BlobPutOptions.Overwrite, cancel.Token));
        await Assert.ThrowsAsync<IOException>(() => Store.PutAsync("a", new BrokenStream(() => throw new IOException("gone")), BlobPutOptions.Overwrite, Cancel));

        Assert.Equal("old", await ReadAsync("a"));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_reader_keeps_the_generation_that_it_opened()
    {
        var first = await PutAsync("a", "old");
        await using var open = await Store.OpenAsync("a", cancellationToken: Cancel);
        await PutAsync("a", "new and longer");
        Assert.Equal(first!.Generation, open!.Properties.Generation);
        Assert.Equal("old", await new StreamReader(open.Content).ReadToEndAsync(Cancel));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(0, null, "0123456789")]
    [InlineData(3, 4L, "3456")]
    [InlineData(8, 100L, "89")]
    [InlineData(10, null, "")]
    [InlineData(99, 5L, "")]
    [InlineData(2, 0L, "")]
    public async Task A_range_is_the_bytes_asked_for_that_are_there(long offset, long? length, string expected)
    {
        await PutAsync("a", "0123456789");
        await using var open = await Store.OpenAsync("a", new BlobRange(offset, length), Cancel);
        Assert.Equal(10, open!.Properties.Size);
        Assert.Equal(expected, await new StreamReader(open.Content).ReadToEndAsync(Cancel));
    }

    [Fact(Timeout = 30_000)]
    public async Task Deleting_an_expected_generation_spares_another()
    {
        var first = await PutAsync("a/b/c", "1");
        var second = await PutAsync("a/b/c", "2");
        Assert.False(await Store.DeleteAsync("a/b/c", first!.Generation, Cancel));
        Assert.True(await Store.DeleteAsync("a/b/c", second!.Generation, Cancel));
        Assert.Null(await Store.FindAsync("a/b/c", Cancel));
        Assert.NotNull(await PutAsync("a/b/c", "3", BlobPutOptions.Create));
    }

    [Fact(Timeout = 60_000)]
    public async Task Puts_and_deletes_in_one_directory_do_not_disturb_each_other()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(
            async () =>
            {
                for (var round = 0; round < 25; round++)
                {
                    Assert.NotNull(await PutAsync($"a/b/c/{i}", "x", BlobPutOptions.Create));
                    Assert.True(await Store.DeleteAsync($"a/b/c/{i}", cancellationToken: Cancel));
                }
            },
            Cancel)));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("../a")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("a@")]
    [InlineData("")]
    public async Task What_is_no_blob_name_is_refused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => PutAsync(name, "x"));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.OpenAsync(name, cancellationToken: Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.DeleteAsync(name, cancellationToken: Cancel));
    }

    [Fact(Timeout = 30_000)]
    public async Task Metadata_has_a_limit()
    {
        Task Put(int bytes) => PutAsync("a", "x", new BlobPutOptions { Metadata = new Dictionary<string, string> { ["k"] = new('v', bytes - 1) } });
        await Put(2048);
        Assert.Equal(2047, (await Store.FindAsync("a", Cancel))!.Metadata["k"].Length);
        await Assert.ThrowsAsync<ArgumentException>(() => Put(2049));
    }

    protected async Task<BlobProperties?> PutAsync(string name, string text, BlobPutOptions? options = null) =>
        await Store.PutAsync(name, new MemoryStream(Encoding.UTF8.GetBytes(text)), options ?? BlobPutOptions.Overwrite, Cancel);

    protected async Task<string> ReadAsync(string name)
    {
        await using var open = await Store.OpenAsync(name, cancellationToken: Cancel);
        return await new StreamReader(open!.Content).ReadToEndAsync(Cancel);
    }

    protected async Task<List<string>> NamesAsync(string prefix, string? after = null) =>
        await Store.ListAsync(prefix, after, Cancel).Select(blob => blob.Name).ToListAsync(Cancel);

    private sealed class BrokenStream(Action atSecondRead) : MemoryStream
    {
        private int _reads;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_reads++ > 0)
            {
                atSecondRead();
                cancellationToken.ThrowIfCancellationRequested();
            }

            await Task.Yield();
            return Math.Min(10, buffer.Length);
        }
    }
}
