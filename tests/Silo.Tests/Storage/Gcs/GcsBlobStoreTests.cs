using Sandbox.CloudStorage;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage.Gcs;

namespace Sandbox.Silo.Tests.Storage.Gcs;

public sealed class GcsBlobStoreTests() : BlobStoreTests(StoreKind.Gcs)
{
    [Fact(Timeout = 120_000)]
    public Task Processes_that_count_in_one_blob_lose_no_count() => CountWithOtherProcessesAsync();

    private const int Chunk = GcsBlobStore.ChunkLength;

    private Bucket Bucket => Test.Bucket!;

    [Theory(Timeout = 60_000)]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(Chunk, 1)]
    [InlineData(Chunk + 1, 3)]
    [InlineData(2 * Chunk, 3)]
    [InlineData((2 * Chunk) + 1, 4)]
    public async Task Content_of_any_length_is_streamed_in_as_few_requests_as_can_be(int length, int requests)
    {
        var bytes = RandomBytes(length);
        var put = await Test.Blobs.PutAsync("a", new PlainStream(bytes), BlobPutOptions.Create, Cancel);
        Assert.Equal(requests, Bucket.Requests.Count);
        Assert.Equal(bytes, Assert.Single(Bucket.Objects).Bytes);
        Assert.Equal(length, put!.Size);
        Assert.Equal($"{Bucket.Objects[0].Generation}", put.Generation);
        await using var open = await Test.Blobs.OpenAsync("a", cancellationToken: Cancel);
        var read = new MemoryStream();
        await open!.Content.CopyToAsync(read, Cancel);
        Assert.Equal(bytes, read.ToArray());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_large_blob_that_must_not_be_written_is_not_sent()
    {
        await PutAsync("a", "x");
        Assert.Null(await Test.Blobs.PutAsync("a", new PlainStream(new byte[3 * Chunk]), BlobPutOptions.Create, Cancel));
        Assert.Equal(2, Bucket.Requests.Count);
        Assert.Equal("x", await ReadAsync("a"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Large_content_that_fails_in_the_middle_writes_nothing()
    {
        await PutAsync("a", "old");
        await Assert.ThrowsAsync<InvalidDataException>(() => Test.Blobs.PutAsync("a", new PlainStream(new byte[3 * Chunk], failsAt: (2 * Chunk) + 5), new(), Cancel));
        await Assert.ThrowsAsync<InvalidDataException>(() => Test.Blobs.PutAsync("a", new PlainStream(new byte[3 * Chunk], failsAt: 3 * Chunk), new(), Cancel));
        Assert.Equal("old", await ReadAsync("a"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_second_write_within_a_second_waits_for_its_turn()
    {
        Bucket.WriteInterval = TimeSpan.FromSeconds(1);
        var first = await PutAsync("a", "1");
        var second = await PutAsync("a", "2", BlobPutOptions.Replace(first!.Generation));
        Assert.NotNull(second);
        Assert.True(await Test.Blobs.DeleteAsync("a", second.Generation, Cancel));
        Assert.Empty(Bucket.Objects);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_others_keep_in_the_bucket_is_no_blob()
    {
        foreach (var name in new[] { "a", "below/ü", "below/a//b", "below", "belowb" }) Bucket.Put(name, [1], "", new Dictionary<string, string>());
        Bucket.Put("below/foreign", [1], "", new Dictionary<string, string>());
        Assert.Equal(["foreign"], await Test.Blobs.ListAsync("", cancellationToken: Cancel).Select(blob => blob.Name).ToListAsync(Cancel));
        Assert.Empty((await Test.Blobs.FindAsync("foreign", Cancel))!.Metadata);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_stores_own_mark_is_no_metadata_of_a_blob()
    {
        var marked = new BlobPutOptions { Metadata = new Dictionary<string, string> { [GcsObject.WriteKey] = "x" } };
        await Assert.ThrowsAsync<ArgumentException>(() => PutAsync("a", "x", marked));
        Assert.Empty((await PutAsync("a", "x"))!.Metadata);
        Assert.Contains(GcsObject.WriteKey, Bucket.Objects[0].Metadata.Keys);
    }

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
