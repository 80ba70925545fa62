using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Tests.Checkpoints;

/// <summary>A store that notes what is asked of it, and from some request on is no longer there, as for a process that died.</summary>
internal sealed class WatchedBlobs(IBlobStore inner) : IBlobStore
{
    public List<string> Requests { get; } = [];

    /// <summary>How many requests are answered; the one after is carried out without an answer if <see cref="LosesLastAnswer"/>.</summary>
    public int Answers { get; set; } = int.MaxValue;

    public bool LosesLastAnswer { get; set; }

    public Exception Failure { get; set; } = new IOException("The store is gone.");

    public Task<BlobProperties?> PutAsync(string name, Stream content, BlobPutOptions options, CancellationToken cancellationToken = default) =>
        RequestAsync("put " + name, () => inner.PutAsync(name, content, options, cancellationToken));

    public Task<OpenBlob?> OpenAsync(string name, BlobRange? range = null, CancellationToken cancellationToken = default) =>
        RequestAsync("open " + name, () => inner.OpenAsync(name, range, cancellationToken));

    public Task<BlobProperties?> FindAsync(string name, CancellationToken cancellationToken = default) =>
        RequestAsync("find " + name, () => inner.FindAsync(name, cancellationToken));

    public Task<bool> DeleteAsync(string name, string? expectedGeneration = null, CancellationToken cancellationToken = default) =>
        RequestAsync("delete " + name, () => inner.DeleteAsync(name, expectedGeneration, cancellationToken));

    public async IAsyncEnumerable<BlobProperties> ListAsync(
        string prefix, string? after = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await RequestAsync("list " + prefix, () => Task.FromResult(0));
        await foreach (var blob in inner.ListAsync(prefix, after, cancellationToken)) yield return blob;
    }

    private async Task<T> RequestAsync<T>(string what, Func<Task<T>> request)
    {
        int number;
        lock (Requests)
        {
            Requests.Add(what);
            number = Requests.Count;
        }

        if (number <= Answers) return await request();
        if (number == Answers + 1 && LosesLastAnswer) await request();
        throw Failure;
    }
}
