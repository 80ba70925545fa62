using Sandbox.CloudStorage;
using Sandbox.Grains.Storage;
using Sandbox.Silo.Storage.Gcs;

namespace Sandbox.Silo.Tests.Storage.Gcs;

/// <summary>A network and a service that fail in every way they do, and what a caller is told: never that a write took place that did not, nor the reverse.</summary>
public sealed class GcsFaultTests : IDisposable
{
    private readonly TestStore _test = new(StoreKind.Gcs);

    /// <summary>What may happen to a request without the caller noticing more than that it took longer.</summary>
    public static TheoryData<FaultKind, int> Passing => new()
    {
        { FaultKind.DropBefore, 0 },
        { FaultKind.DropAfter, 0 },
        { FaultKind.CutBody, 0 },
        { FaultKind.Status, 408 },
        { FaultKind.Status, 429 },
        { FaultKind.Status, 500 },
        { FaultKind.Status, 503 },
        { FaultKind.StatusAfter, 503 },
        { FaultKind.StatusAfter, 408 },
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Bucket Bucket => _test.Bucket!;

    private IBlobStore Store => _test.Blobs;

    public void Dispose() => _test.Dispose();

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Passing))]
    public async Task A_conditional_write_succeeds_once_whatever_happens_to_its_answers(FaultKind kind, int status)
    {
        Add(kind, status, "POST /upload", times: 2);
        var created = await PutAsync("a", "1", BlobPutOptions.Create);
        Add(kind, status, "POST /upload", times: 1);
        var replaced = await PutAsync("a", "2", BlobPutOptions.Replace(created!.Generation));
        var stored = Assert.Single(Bucket.Objects);
        Assert.Equal(($"{stored.Generation}", 1), (replaced!.Generation, stored.Bytes.Length));
        Assert.Equal((byte)'2', stored.Bytes[0]);
        Assert.Equal(0, Bucket.FaultsLeft);
    }

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Passing))]
    public async Task A_write_whose_condition_does_not_hold_never_succeeds(FaultKind kind, int status)
    {
        await PutAsync("a", "1", BlobPutOptions.Create);
        Add(kind, status, "POST /upload", times: 1);
        BlobProperties? second;
        try
        {
            second = await PutAsync("a", "2", BlobPutOptions.Create);
        }
        catch (GcsException e)
        {
            // It may have been written and replaced, for all that the caller can know.
            Assert.Equal(GcsFailure.Unsure, e.Failure);
            second = null;
        }

        Assert.Null(second);
        Assert.Equal((byte)'1', Assert.Single(Bucket.Objects).Bytes[0]);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_write_that_was_replaced_before_its_answer_came_is_neither_a_success_nor_a_conflict()
    {
        var first = await PutAsync("a", "1", BlobPutOptions.Create);
        Bucket.Add(new Fault(FaultKind.DropAfter, "POST /upload"));
        // Before the writer looks again, another has written.
        Bucket.Add(new Fault(FaultKind.Slow, "POST /upload") { Delay = TimeSpan.FromSeconds(1) });
        var writing = PutAsync("a", "2", BlobPutOptions.Replace(first!.Generation));
        await UntilAsync(() => Bucket.Objects[0].Bytes[0] == '2');
        Bucket.Put("below/a", "3"u8.ToArray(), "", new Dictionary<string, string>());
        Assert.Equal(GcsFailure.Unsure, (await Assert.ThrowsAsync<GcsException>(() => writing)).Failure);
    }

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Passing))]
    public async Task A_deletion_of_a_generation_is_carried_out_once_and_told_as_done(FaultKind kind, int status)
    {
        // On a connection that was used before, which the HTTP stack would like to replace by itself.
        var put = await PutAsync("a", "1");
        Add(kind, status, "DELETE", times: 1);
        Assert.True(await Store.DeleteAsync("a", put!.Generation, Cancel));
        Assert.Empty(Bucket.Objects);
        Assert.Equal(2, Bucket.Requests.Count(request => request.StartsWith("DELETE", StringComparison.Ordinal)));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_deletion_whose_answer_was_lost_does_not_delete_what_came_after()
    {
        var put = await PutAsync("a", "1");
        Bucket.Add(new Fault(FaultKind.DropAfter, "DELETE"));
        Bucket.Add(new Fault(FaultKind.Slow, "DELETE") { Delay = TimeSpan.FromSeconds(1) });
        var deleting = Store.DeleteAsync("a", put!.Generation, Cancel);
        await UntilAsync(() => Bucket.Objects.Count == 0);
        Bucket.Put("below/a", "2"u8.ToArray(), "", new Dictionary<string, string>());
        Assert.Equal(GcsFailure.Unsure, (await Assert.ThrowsAsync<GcsException>(() => deleting)).Failure);
        Assert.Single(Bucket.Objects);
    }

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Passing))]
    public async Task Reads_and_lists_go_on(FaultKind kind, int status)
    {
        await PutAsync("a", "0123456789");
        Add(kind, status, "GET", times: 3);
        Assert.Equal("0123456789", await ReadAsync("a"));
        Add(kind, status, "GET", times: 1);
        Assert.Equal(10, (await Store.FindAsync("a", Cancel))!.Size);
        Add(kind, status, "GET", times: 1);
        Assert.Single(await Store.ListAsync("", cancellationToken: Cancel).ToListAsync(Cancel));
        Assert.Equal(0, Bucket.FaultsLeft);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_request_that_stands_still_is_taken_for_lost_and_its_late_write_does_no_harm()
    {
        using var store = Impatient();
        Bucket.Add(new Fault(FaultKind.Slow, "POST /upload") { Delay = TimeSpan.FromSeconds(2) });
        var put = await store.PutAsync("a", new MemoryStream([1]), BlobPutOptions.Create, Cancel);
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        Assert.Equal($"{Assert.Single(Bucket.Objects).Generation}", put!.Generation);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_does_not_pass_is_given_up_with_its_reason()
    {
        using var store = Impatient();
        Bucket.Add(new Fault(FaultKind.Status, "GET") { Status = 503, Times = 100 });
        var failed = await Assert.ThrowsAsync<GcsException>(() => store.FindAsync("a", Cancel));
        Assert.Equal(GcsFailure.Unavailable, failed.Failure);
        Assert.InRange(Bucket.Requests.Count, 2, 20);
        Bucket.Add(new Fault(FaultKind.Status, "POST") { Status = 429, Reason = "rateLimitExceeded", Times = 100 });
        failed = await Assert.ThrowsAsync<GcsException>(() => store.PutAsync("a", new MemoryStream([1]), new(), Cancel));
        Assert.Equal(GcsFailure.OverQuota, failed.Failure);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_call_that_is_cancelled_ends_in_the_middle_of_its_retries()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Bucket.Add(new Fault(FaultKind.Status, "GET") { Times = 100 });
        var finding = Store.FindAsync("a", cancel.Token);
        await UntilAsync(() => Bucket.Requests.Count > 1);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => finding);
    }

    [Fact(Timeout = 120_000)]
    public async Task Writers_of_one_blob_add_each_word_once_while_everything_fails()
    {
        await PutAsync("words", "", BlobPutOptions.Create);
        var random = new Random(7);
        foreach (var _ in Enumerable.Range(0, 60))
        {
            // The last of them is none.
            var kind = new[] { FaultKind.DropBefore, FaultKind.DropAfter, FaultKind.Status, FaultKind.StatusAfter, FaultKind.Slow, FaultKind.Slow, FaultKind.Slow }[random.Next(7)];
            Bucket.Add(new Fault(kind, random.Next(3) == 0 ? "GET" : "POST /upload"));
        }

        var words = await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() => AddWordsAsync(writer), Cancel)));
        var expected = words.SelectMany(some => some).Order(StringComparer.Ordinal);
        Assert.Equal(expected, (await ReadAsync("words")).Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    private async Task<List<string>> AddWordsAsync(int writer)
    {
        var words = new List<string>();
        using var store = (IDisposable)_test.Open();
        while (words.Count < 8)
        {
            var word = $"{writer}.{words.Count}";
            await using var open = await ((IBlobStore)store).OpenAsync("words", cancellationToken: Cancel);
            var text = await new StreamReader(open!.Content).ReadToEndAsync(Cancel);
            bool? written;
            try
            {
                written = await ((IBlobStore)store).PutAsync("words", Text($"{text} {word}"), BlobPutOptions.Replace(open.Properties.Generation), Cancel) is not null;
            }
            catch (GcsException e) when (e.Failure == GcsFailure.Unsure)
            {
                written = (await ReadAsync("words")).Split(' ').Contains(word, StringComparer.Ordinal);
            }

            if (written.Value) words.Add(word);
        }

        return words;
    }

    private GcsBlobStore Impatient()
    {
        var options = CloudStorageFixture.Options;
        options.AttemptTimeout = TimeSpan.FromSeconds(1);
        options.RetryFor = TimeSpan.FromSeconds(2);
        return new GcsBlobStore(new GcsClient(Bucket.Name, GcsAccess.None, options, TimeProvider.System), "below/");
    }

    private void Add(FaultKind kind, int status, string of, int times) => Bucket.Add(new Fault(kind, of) { Status = status, Times = times, Bytes = 5 });

    private static MemoryStream Text(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    private Task<BlobProperties?> PutAsync(string name, string text, BlobPutOptions? options = null) => Store.PutAsync(name, Text(text), options ?? new(), Cancel);

    private async Task<string> ReadAsync(string name)
    {
        await using var open = await Store.OpenAsync(name, cancellationToken: Cancel);
        return await new StreamReader(open!.Content).ReadToEndAsync(Cancel);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(5, Cancel);
    }
}
