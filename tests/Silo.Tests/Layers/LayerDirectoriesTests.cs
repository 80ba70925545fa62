using Sandbox.Grains.Storage;
using Sandbox.Silo.Layers;
using Sandbox.Silo.Storage;
using Sandbox.Silo.Tests.Storage;

namespace Sandbox.Silo.Tests.Layers;

public sealed class DirectoryLayerDirectoriesTests() : LayerDirectoriesTests(StoreKind.Directory);

public sealed class GcsLayerDirectoriesTests() : LayerDirectoriesTests(StoreKind.Gcs);

public abstract class LayerDirectoriesTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly DataDirectory _data;
    private readonly TestStore _test;
    private readonly IBlobStore _store;
    private readonly LayerDirectories _layers;

    protected LayerDirectoriesTests(StoreKind kind)
    {
        _test = new TestStore(kind);
        _store = _test.Blobs;
        _data = DataDirectory.Open(_directory.Below("data"));
        _layers = new LayerDirectories(_data, _store, new LayerLimits());
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _layers.DisposeAsync();
        _test.Dispose();
        _directory.Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_layer_is_stored_under_its_digest_and_unpacked_under_its_chain_id()
    {
        var tar = new TarText().File("a", "content").ToArray();
        var layer = await WriteAsync(tar);
        Assert.Equal(LayerDigest.OfHash(System.Security.Cryptography.SHA256.HashData(tar)), layer.DiffId);
        Assert.Equal(tar.Length, layer.UnpackedSize);
        Assert.Equal(layer.Size, (await _store.FindAsync("layers/sha256-" + layer.Digest.Hex, Cancel))!.Size);

        var directory = Assert.Single(await _layers.EnsureAsync([layer], Cancel));
        Assert.Equal(Path.Combine(_data.Layers, "sha256-" + layer.DiffId.Hex), directory);
        Assert.Equal("content", await File.ReadAllTextAsync(Path.Combine(directory, "a"), Cancel));
        Assert.Equal(0x1ED, (int)File.GetUnixFileMode(directory));
        AssertNothingUnfinished();
    }

    [Fact(Timeout = 30_000)]
    public async Task What_an_upper_layer_becomes_depends_on_those_below()
    {
        var one = await WriteAsync(new TarText().File("d/one").ToArray());
        var two = await WriteAsync(new TarText().File("d/two").ToArray());
        var upper = await WriteAsync(new TarText().File("d/.wh..wh..opq").ToArray());

        var overOne = await _layers.EnsureAsync([one, upper], Cancel);
        var overTwo = await _layers.EnsureAsync([two, upper], Cancel);
        Assert.NotEqual(overOne[1], overTwo[1]);
        Assert.EndsWith(LayerDigest.OfText($"{one.DiffId} {upper.DiffId}").Hex, overOne[1], StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(overOne[1], "d/one")));
        Assert.True(File.Exists(Path.Combine(overTwo[1], "d/two")));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_layer_is_missing_that_is_neither_unpacked_nor_stored()
    {
        var unpacked = await WriteAsync(new TarText().File("one").ToArray());
        var stored = await WriteAsync(new TarText().File("two").ToArray());
        var lost = await WriteAsync(new TarText().File("three").ToArray());
        await _layers.EnsureAsync([unpacked], Cancel);
        await _store.DeleteAsync(unpacked.BlobName, cancellationToken: Cancel);
        await _store.DeleteAsync(lost.BlobName, cancellationToken: Cancel);

        Assert.Equal([lost.Digest], await _layers.MissingAsync([unpacked, stored, lost], Cancel));
        // Over others it would be another directory.
        Assert.Equal([unpacked.Digest], await _layers.MissingAsync([stored, unpacked], Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task Many_who_ask_at_once_wait_for_one_unpacking()
    {
        var layer = await WriteAsync(new TarText().File("a", new string('x', 5_000_000)).ToArray());
        var counting = new CountingStore(_store);
        await using var layers = new LayerDirectories(_data, counting, new LayerLimits());
        var directories = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => layers.EnsureAsync([layer], Cancel), Cancel)));
        Assert.Single(directories.Select(list => list[0]).Distinct());
        Assert.Equal(1, counting.Opened);
    }

    [Fact(Timeout = 30_000)]
    public async Task Two_processes_that_unpack_the_same_layer_both_have_it()
    {
        var layer = await WriteAsync(new TarText().File("a", new string('x', 2_000_000)).ToArray());
        await using var other = new LayerDirectories(_data, _store, new LayerLimits());
        var both = await Task.WhenAll(_layers.EnsureAsync([layer], Cancel), other.EnsureAsync([layer], Cancel));
        Assert.Equal(both[0], both[1]);
        Assert.Equal(2_000_000, new FileInfo(Path.Combine(both[0][0], "a")).Length);
        AssertNothingUnfinished();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public async Task A_damaged_blob_is_not_used_and_a_repaired_one_is(double where)
    {
        var layer = await WriteAsync(new TarText().File("a", string.Concat(Enumerable.Range(0, 20_000))).ToArray());
        var bytes = await ReadBlobAsync(layer);
        var damaged = bytes.ToArray();
        damaged[(int)(bytes.Length * where)] ^= 0x10;
        await _store.PutAsync(layer.BlobName, new MemoryStream(damaged), BlobPutOptions.Overwrite, Cancel);

        await Assert.ThrowsAsync<LayerException>(() => _layers.EnsureAsync([layer], Cancel));
        Assert.Empty(Directory.GetFileSystemEntries(_data.Layers));

        await _store.PutAsync(layer.BlobName, new MemoryStream(bytes[..(bytes.Length / 2)]), BlobPutOptions.Overwrite, Cancel);
        await Assert.ThrowsAsync<LayerException>(() => _layers.EnsureAsync([layer], Cancel));

        await _store.PutAsync(layer.BlobName, new MemoryStream(bytes), BlobPutOptions.Overwrite, Cancel);
        Assert.True(File.Exists(Path.Combine((await _layers.EnsureAsync([layer], Cancel))[0], "a")));
    }

    [Fact(Timeout = 30_000)]
    public async Task What_was_read_wrong_is_fetched_again()
    {
        var layer = await WriteAsync(new TarText().File("a", string.Concat(Enumerable.Range(0, 20_000))).ToArray());
        var flaky = new CountingStore(_store) { FirstRead = bytes => bytes[bytes.Length / 2] ^= 0x10 };
        await using var layers = new LayerDirectories(_data, flaky, new LayerLimits());
        Assert.True(File.Exists(Path.Combine((await layers.EnsureAsync([layer], Cancel))[0], "a")));
        Assert.Equal(2, flaky.Opened);
        AssertNothingUnfinished();
    }

    [Fact(Timeout = 30_000)]
    public async Task What_nobody_uses_goes_when_all_are_too_large_and_comes_again()
    {
        await using var layers = new LayerDirectories(_data, _store, new LayerLimits(), mostBytes: 150_000);
        var one = await WriteAsync(new TarText().File("one", new string('1', 100_000)).ToArray());
        var two = await WriteAsync(new TarText().File("two", new string('2', 100_000)).ToArray());
        var evicted = new List<string>();
        layers.Evicted = evicted.Add;

        using (var used = await layers.UseAsync([one], Cancel))
        {
            (await layers.UseAsync([two], Cancel)).Dispose();
            Assert.True(File.Exists(Path.Combine(used.Directories[0], "one")));
        }

        var three = await WriteAsync(new TarText().File("three", new string('3', 100_000)).ToArray());
        (await layers.UseAsync([three], Cancel)).Dispose();
        Assert.Contains(one.DiffId.Hex, evicted);
        Assert.Single(Directory.GetDirectories(_data.Layers));
        AssertNothingUnfinished();

        using var again = await layers.UseAsync([one], Cancel);
        Assert.True(File.Exists(Path.Combine(again.Directories[0], "one")));
    }

    [Fact(Timeout = 30_000)]
    public async Task What_is_unpacked_while_it_comes_is_there_without_its_blob_unless_something_would_have_to_go_for_it()
    {
        var below = await WriteAsync(new TarText().File("d/hidden").ToArray());
        await using var layers = new LayerDirectories(_data, _store, new LayerLimits(), mostBytes: 50_000);
        await layers.EnsureAsync([below], Cancel);

        var (made, kept) = await TakeInAsync(new TarText().File("d/new", "content").File("d/.wh..wh..opq"));
        Assert.True(kept);
        var directories = await layers.EnsureAsync([below, made], Cancel);
        Assert.Equal("content", await File.ReadAllTextAsync(Path.Combine(directories[1], "d/new"), Cancel));
        Assert.True(Posix.StatusAt(Posix.AtFdCwd, Posix.Bytes(Path.Combine(directories[1], "d/hidden"))) is { IsWhiteout: true });
        Assert.Equal(0x1ED, (int)File.GetUnixFileMode(directories[1]));
        (_, kept) = await TakeInAsync(new TarText().File("d/new", "content").File("d/.wh..wh..opq"));
        Assert.True(kept);

        var (large, isThere) = await TakeInAsync(new TarText().File("large", new string('z', 100_000)));
        Assert.False(isThere);
        await Assert.ThrowsAsync<LayerException>(() => layers.EnsureAsync([below, large], Cancel));
        AssertNothingUnfinished();

        async Task<(LayerDescriptor Layer, bool Kept)> TakeInAsync(TarText tar)
        {
            await using var intake = await layers.TakeInAsync([below], Cancel);
            await intake.WriteAsync(tar.ToArray(), Cancel);
            var layer = await intake.FinishAsync("somebody");
            return (layer, await layers.KeepAsync([below, layer], intake.TakeUnpacked()));
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task What_cannot_be_unpacked_is_refused_while_it_comes_and_leaves_nothing()
    {
        await using (var intake = await _layers.TakeInAsync([], Cancel))
        {
            await intake.WriteAsync(new TarText().File("f", "1").File("f", "2").ToArray(), Cancel);
            Assert.Contains("this name twice", (await Assert.ThrowsAsync<LayerException>(() => intake.FinishAsync("somebody"))).Message, StringComparison.Ordinal);
        }

        // Also where there is no room to unpack it.
        await using (var layers = new LayerDirectories(_data, _store, new LayerLimits(), mostBytes: 1_000))
        await using (var intake = await layers.TakeInAsync([], Cancel))
        {
            await intake.WriteAsync(new TarText().File("large", new string('x', 200_000)).File("f", "1").File("f", "2").ToArray(), Cancel);
            Assert.Contains("this name twice", (await Assert.ThrowsAsync<LayerException>(() => intake.FinishAsync("somebody"))).Message, StringComparison.Ordinal);
        }

        // And one that is given up.
        await using (var intake = await _layers.TakeInAsync([], Cancel)) await intake.WriteAsync(new TarText().File("f").Unended(), Cancel);
        AssertNothingUnfinished();
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_asks_for_what_was_just_made_gets_it_however_far_its_keeping_is()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var intake = await _layers.TakeInAsync([], Cancel);
            await intake.WriteAsync(new TarText().File($"f{round}").ToArray(), Cancel);
            var layer = await intake.FinishAsync("somebody");
            await using (var blob = intake.Open()) await _store.PutAsync(layer.BlobName, blob, BlobPutOptions.Overwrite, Cancel);
            var keeping = _layers.KeepAsync([layer], intake.TakeUnpacked());
            await Task.Yield();
            Assert.True(File.Exists(Path.Combine(Assert.Single(await _layers.EnsureAsync([layer], Cancel)), $"f{round}")));
            Assert.True(await keeping);
        }

        AssertNothingUnfinished();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_bomb_is_refused_long_before_it_fills_the_disk()
    {
        var layer = await WriteAsync(new TarText().File("bomb", new string('\0', 40_000_000)).ToArray());
        Assert.True(layer.Size < 20_000, $"{layer.Size}");
        await using var layers = new LayerDirectories(_data, _store, new LayerLimits { MaxBytes = 1_000_000 });
        var refused = await Assert.ThrowsAsync<LayerException>(() => layers.EnsureAsync([layer], Cancel));
        Assert.Contains("'bomb'", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_data.Layers));
    }

    [Fact(Timeout = 30_000)]
    public async Task Another_layers_bytes_under_a_digest_are_not_used()
    {
        var layer = await WriteAsync(new TarText().File("a").ToArray());
        var other = await WriteAsync(new TarText().File("b").ToArray());
        await _store.PutAsync(layer.BlobName, new MemoryStream(await ReadBlobAsync(other)), BlobPutOptions.Overwrite, Cancel);
        var refused = await Assert.ThrowsAsync<LayerException>(() => _layers.EnsureAsync([layer], Cancel));
        Assert.Contains(layer.Digest.ToString(), refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_data.Layers));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_missing_layer_is_named()
    {
        var layer = await WriteAsync(new TarText().File("a").ToArray());
        await _store.DeleteAsync(layer.BlobName, cancellationToken: Cancel);
        var refused = await Assert.ThrowsAsync<LayerException>(() => _layers.EnsureAsync([layer], Cancel));
        Assert.Contains(layer.Digest.ToString(), refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_a_dead_process_left_half_is_removed_at_the_next_start_and_what_a_live_one_works_on_is_not()
    {
        var left = Path.Combine(_data.Layers, "unfinished-0123");
        Directory.CreateDirectory(Path.Combine(left, "usr"));
        await File.WriteAllTextAsync(left + ".lock", "", Cancel);
        using var work = WorkInProgress.Begin(_data.Layers);
        Directory.CreateDirectory(work.Path);

        DataDirectory.Open(_data.Path);
        Assert.False(Directory.Exists(left));
        Assert.False(File.Exists(left + ".lock"));
        Assert.True(Directory.Exists(work.Path));
    }

    [Theory]
    [InlineData("sha256:")]
    [InlineData("sha256:../../../etc/passwd00000000000000000000000000000000000000000000000000")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    public void What_is_no_digest_is_refused(string text) => Assert.Throws<FormatException>(() => LayerDigest.Parse(text));

    private async Task<LayerDescriptor> WriteAsync(byte[] tar)
    {
        using var writer = new LayerWriter(_data);
        await writer.Tar.WriteAsync(tar, Cancel);
        return await writer.PublishAsync(_store, Cancel);
    }

    private async Task<byte[]> ReadBlobAsync(LayerDescriptor layer)
    {
        await using var blob = await _store.OpenAsync(layer.BlobName, cancellationToken: Cancel);
        var bytes = new MemoryStream();
        await blob!.Content.CopyToAsync(bytes, Cancel);
        return bytes.ToArray();
    }

    private void AssertNothingUnfinished()
    {
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_data.Layers), entry => Path.GetFileName(entry).StartsWith("unfinished-", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(_data.Temporary));
    }

    private sealed class CountingStore(IBlobStore inner) : IBlobStore
    {
        private int _opened;

        public int Opened => _opened;

        /// <summary>Damages what is read first.</summary>
        public Action<byte[]>? FirstRead { get; init; }

        public Task<BlobProperties?> PutAsync(string name, Stream content, BlobPutOptions options, CancellationToken cancellationToken = default) =>
            inner.PutAsync(name, content, options, cancellationToken);

        public async Task<OpenBlob?> OpenAsync(string name, BlobRange? range = null, CancellationToken cancellationToken = default)
        {
            var first = Interlocked.Increment(ref _opened) == 1;
            var blob = await inner.OpenAsync(name, range, cancellationToken);
            if (!first || FirstRead is null || blob is null) return blob;
            await using var _ = blob;
            var bytes = new MemoryStream();
            await blob.Content.CopyToAsync(bytes, cancellationToken);
            FirstRead(bytes.ToArray() is var damaged ? damaged : []);
            return new OpenBlob(blob.Properties, new MemoryStream(damaged));
        }

        public Task<BlobProperties?> FindAsync(string name, CancellationToken cancellationToken = default) => inner.FindAsync(name, cancellationToken);

        public Task<bool> DeleteAsync(string name, string? expectedGeneration = null, CancellationToken cancellationToken = default) =>
            inner.DeleteAsync(name, expectedGeneration, cancellationToken);

        public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, string? after = null, CancellationToken cancellationToken = default) =>
            inner.ListAsync(prefix, after, cancellationToken);
    }
}
