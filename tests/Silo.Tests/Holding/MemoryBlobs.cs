using System.Runtime.CompilerServices;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Tests.Holding;

/// <summary>Blobs in memory, by no more than the port promises: a listing looks at each name when it comes to it.</summary>
internal sealed class MemoryBlobs
{
    private long _generation;

    public SortedDictionary<string, (BlobProperties Properties, byte[] Bytes)> All { get; } = new(StringComparer.Ordinal);

    public Func<DateTimeOffset> Now { get; set; } = () => DateTimeOffset.UnixEpoch;

    /// <summary>Called before a write takes place, with what is there and what shall be.</summary>
    public Action<string, byte[]?, byte[]>? Writing { get; set; }

    public BlobProperties? Put(string name, byte[] bytes, BlobPutOptions options)
    {
        BlobName.Check(name);
        Assert.InRange(options.Metadata.Sum(pair => pair.Key.Length + pair.Value.Length), 0, 2048);
        Assert.All(options.Metadata.Values, value => Assert.True(System.Text.Ascii.IsValid(value)));
        var known = All.TryGetValue(name, out var blob);
        if (options.Condition.MustBeAbsent && known) return null;
        if (options.Condition.Generation is { } wanted && (!known || wanted != blob.Properties.Generation)) return null;
        Writing?.Invoke(name, known ? blob.Bytes : null, bytes);
        var properties = new BlobProperties(name, $"g{++_generation}", bytes.Length, Now(), new Dictionary<string, string>(options.Metadata));
        All[name] = (properties, bytes);
        return properties;
    }

    public bool Delete(string name, string? generation) =>
        All.TryGetValue(name, out var blob) && (generation ?? blob.Properties.Generation) == blob.Properties.Generation && All.Remove(name);

    public string? Next(string prefix, string? after) => All.Keys.FirstOrDefault(name =>
        name.StartsWith(prefix, StringComparison.Ordinal) && (after is null || string.CompareOrdinal(name, after) > 0));

    /// <summary>The store as one actor reaches it: it stands at a gate before each request, and after it, before the answer.</summary>
    public IBlobStore For(StepLoop loop, string actor, Func<Fault>? fault = null) => new View(this, loop, actor, fault ?? (() => Fault.None));

    internal enum Fault
    {
        None,
        Refused,
        AnswerLost,
        Hangs,
    }

    private sealed class View(MemoryBlobs blobs, StepLoop loop, string actor, Func<Fault> fault) : IBlobStore
    {
        public async Task<BlobProperties?> PutAsync(string name, Stream content, BlobPutOptions options, CancellationToken cancellationToken = default)
        {
            // Read to its end whatever comes of it, as the port says, and before anything is there to be seen.
            var buffer = new MemoryStream();
            await content.CopyToAsync(buffer, cancellationToken);
            return await RequestAsync(() => blobs.Put(name, buffer.ToArray(), options));
        }

        public async Task<OpenBlob?> OpenAsync(string name, BlobRange? range = null, CancellationToken cancellationToken = default) =>
            await RequestAsync(() => blobs.All.TryGetValue(name, out var blob) ? new OpenBlob(blob.Properties, new MemoryStream(blob.Bytes)) : null);

        public async Task<BlobProperties?> FindAsync(string name, CancellationToken cancellationToken = default) =>
            await RequestAsync(() => blobs.All.TryGetValue(name, out var blob) ? blob.Properties : null);

        public async Task<bool> DeleteAsync(string name, string? expectedGeneration = null, CancellationToken cancellationToken = default) =>
            await RequestAsync(() => blobs.Delete(name, expectedGeneration));

        public async IAsyncEnumerable<BlobProperties> ListAsync(
            string prefix, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            for (var last = after; await RequestAsync(() => blobs.Next(prefix, last) is { } next ? blobs.All[next].Properties : null) is { } blob;)
            {
                last = blob.Name;
                yield return blob;
            }
        }

        private async Task<T> RequestAsync<T>(Func<T> request)
        {
            var what = fault();
            if (what == Fault.Refused) throw new IOException("The store refuses.");
            await loop.GateAsync($"net-{actor}");
            if (what == Fault.Hangs) await new TaskCompletionSource().Task;
            var answer = request();
            await loop.GateAsync(actor);
            return what == Fault.AnswerLost ? throw new IOException("The answer is lost.") : answer;
        }
    }
}
