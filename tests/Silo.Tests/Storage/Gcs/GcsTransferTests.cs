using Sandbox.CloudStorage;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage.Gcs;

namespace Sandbox.Silo.Tests.Storage.Gcs;

/// <summary>Long uploads and downloads that are interrupted or damaged.</summary>
public sealed class GcsTransferTests : IDisposable
{
    private const int Chunk = 512 * 1024;
    private static readonly byte[] s_bytes = Bytes();
    private readonly TestStore _test = new(StoreKind.Gcs, chunk: Chunk);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Bucket Bucket => _test.Bucket!;

    public void Dispose() => _test.Dispose();

    [Theory(Timeout = 120_000)]
    [InlineData(FaultKind.DropBefore, 0)]
    [InlineData(FaultKind.DropAfter, 0)]
    [InlineData(FaultKind.CutBody, 300_000)]
    [InlineData(FaultKind.CutBody, 100)]
    [InlineData(FaultKind.KeepHalf, 0)]
    [InlineData(FaultKind.Status, 0)]
    [InlineData(FaultKind.StatusAfter, 0)]
    public async Task An_upload_goes_on_where_it_was_interrupted(FaultKind kind, int bytes)
    {
        // The start, and each chunk: every other request.
        Bucket.Add(new Fault(kind is FaultKind.CutBody or FaultKind.KeepHalf ? FaultKind.DropAfter : kind, "POST /upload"));
        foreach (var _ in Enumerable.Range(0, 4))
        {
            Bucket.Add(new Fault(kind, "PUT /upload") { Bytes = bytes });
            Bucket.Add(new Fault(FaultKind.Slow, "PUT /upload"));
        }

        var put = await _test.Blobs.PutAsync("a", new PlainStream(s_bytes), BlobPutOptions.Create, Cancel);
        Assert.Equal(s_bytes, Assert.Single(Bucket.Objects).Bytes);
        Assert.Equal($"{Bucket.Objects[0].Generation}", put!.Generation);
        Assert.InRange(Bucket.FaultsLeft, 0, 3);
    }

    [Fact(Timeout = 120_000)]
    public async Task An_upload_whose_last_answer_is_lost_is_known_again_when_its_session_has_ended_with_it()
    {
        Bucket.Add(new Fault(FaultKind.Slow, "PUT /upload"));
        Bucket.Add(new Fault(FaultKind.Slow, "PUT /upload"));
        Bucket.Add(new Fault(FaultKind.DropAfter, "PUT /upload"));
        Bucket.Add(new Fault(FaultKind.Status, "PUT /upload") { Status = 410, Reason = "gone" });
        var put = await _test.Blobs.PutAsync("a", new PlainStream(s_bytes), BlobPutOptions.Create, Cancel);
        Assert.Equal($"{Assert.Single(Bucket.Objects).Generation}", put!.Generation);
        Assert.Equal(0, Bucket.FaultsLeft);
    }

    [Fact(Timeout = 120_000)]
    public async Task An_upload_whose_condition_fails_at_its_end_is_a_conflict()
    {
        Bucket.Add(new Fault(FaultKind.Slow, "PUT /upload") { Delay = TimeSpan.FromSeconds(1) });
        var putting = _test.Blobs.PutAsync("a", new PlainStream(s_bytes), BlobPutOptions.Create, Cancel);
        while (Bucket.FaultsLeft > 0) await Task.Delay(5, Cancel);
        Bucket.Put("below/a", [1], "", new Dictionary<string, string>());
        Assert.Null(await putting);
        Assert.Single(Bucket.Objects[0].Bytes);
    }

    [Theory(Timeout = 120_000)]
    [InlineData(1_000, "POST /upload")]
    [InlineData(2 * Chunk, "PUT /upload")]
    [InlineData((2 * Chunk) + 5, "PUT /upload")]
    public async Task Bytes_that_arrive_damaged_are_not_stored(int length, string of)
    {
        Bucket.Add(new Fault(FaultKind.Corrupt, of));
        var refused = await Assert.ThrowsAsync<GcsException>(() => _test.Blobs.PutAsync("a", new MemoryStream(s_bytes, 0, length), new(), Cancel));
        Assert.Contains("crc32c", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Bucket.Objects);
    }

    [Fact(Timeout = 120_000)]
    public async Task Bytes_that_come_damaged_are_told_before_the_last_of_them()
    {
        Bucket.Put("below/a", s_bytes, "", new Dictionary<string, string>());
        Bucket.Add(new Fault(FaultKind.Corrupt, "alt=media"));
        await using var open = await _test.Blobs.OpenAsync("a", cancellationToken: Cancel);
        var read = new MemoryStream();
        var failed = await Assert.ThrowsAsync<GcsException>(() => open!.Content.CopyToAsync(read, Cancel));
        Assert.Equal(GcsFailure.Damaged, failed.Failure);
        Assert.True(read.Length < s_bytes.Length);
    }

    [Theory(Timeout = 120_000)]
    [InlineData(0, 1)]
    [InlineData(0, 500_000)]
    [InlineData(700_000, 200_000)]
    public async Task A_download_goes_on_where_its_connection_broke(int from, int bytes)
    {
        Bucket.Put("below/a", s_bytes, "", new Dictionary<string, string>());
        Bucket.Add(new Fault(FaultKind.CutBody, "alt=media") { Bytes = bytes, Times = 3 });
        await using var open = await _test.Blobs.OpenAsync("a", new BlobRange(from), Cancel);
        var read = new MemoryStream();
        await open!.Content.CopyToAsync(read, Cancel);
        Assert.Equal(s_bytes[from..], read.ToArray());
        Assert.Equal(0, Bucket.FaultsLeft);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_download_that_broke_never_goes_on_with_another_generation()
    {
        Bucket.Put("below/a", s_bytes, "", new Dictionary<string, string>());
        Bucket.Add(new Fault(FaultKind.CutBody, "alt=media") { Bytes = 100_000 });
        await using var open = await _test.Blobs.OpenAsync("a", cancellationToken: Cancel);
        Bucket.Put("below/a", new byte[s_bytes.Length], "", new Dictionary<string, string>());
        var failed = await Assert.ThrowsAsync<GcsException>(() => open!.Content.CopyToAsync(Stream.Null, Cancel));
        Assert.Contains("while it was read", failed.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_read_between_two_writes_has_the_metadata_of_its_bytes()
    {
        await PutAsync("1");
        Bucket.Add(new Fault(FaultKind.Slow, "alt=media") { Delay = TimeSpan.FromSeconds(1) });
        var opening = _test.Blobs.OpenAsync("a", cancellationToken: Cancel);
        while (Bucket.FaultsLeft > 0) await Task.Delay(5, Cancel);
        await PutAsync("2");
        await using var open = await opening;
        Assert.Equal("2", await new StreamReader(open!.Content).ReadToEndAsync(Cancel));
        Assert.Equal("2", open.Properties.Metadata["text"]);
        Assert.Equal($"{Bucket.Objects[0].Generation}", open.Properties.Generation);
    }

    [Fact(Timeout = 120_000)]
    public async Task Layers_are_read_by_a_thread_that_waits()
    {
        Bucket.Put("below/a", s_bytes, "", new Dictionary<string, string>());
        await using var open = await _test.Blobs.OpenAsync("a", cancellationToken: Cancel);
        var read = new byte[s_bytes.Length];
        await Task.Run(() => open!.Content.ReadExactly(read), Cancel);
        Assert.Equal(s_bytes, read);
    }

    private Task<BlobProperties?> PutAsync(string text) => _test.Blobs.PutAsync(
        "a", new MemoryStream(System.Text.Encoding.ASCII.GetBytes(text)), new BlobPutOptions { Metadata = new Dictionary<string, string> { ["text"] = text } }, Cancel);

    private static byte[] Bytes()
    {
        var bytes = new byte[(2 * Chunk) + 123_457];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
