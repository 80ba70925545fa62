using System.Runtime.CompilerServices;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage;

/// <summary>Looks at the files of blobs off the caller's thread and by every processor, a few batches ahead of what the caller looks at and no further.</summary>
internal static class BlobReading
{
    private const int Batch = 128;

    // Batches that are read or looked at: one for each processor beside the caller's.
    private static readonly int Ahead = Math.Min(Environment.ProcessorCount, 8) + 1;

    /// <summary>The blobs of names, in their order.</summary>
    /// <param name="names">The names.</param>
    /// <param name="find">Finds a blob; null for one that was deleted meanwhile, or never became whole: it is not there to be listed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async IAsyncEnumerable<BlobProperties> ReadAsync(
        IEnumerable<string> names, Func<string, BlobProperties?> find, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var batches = names.Chunk(Batch).GetEnumerator();
        var reading = new Queue<Task<BlobProperties?[]>>();
        try
        {
            while (true)
            {
                while (reading.Count < Ahead && batches.MoveNext())
                {
                    var batch = batches.Current;
                    reading.Enqueue(Task.Run(() => Array.ConvertAll(batch, name => find(name)), CancellationToken.None));
                }

                if (!reading.TryPeek(out var first)) yield break;
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var blob in await first)
                {
                    if (blob is not null) yield return blob;
                }

                _ = reading.Dequeue();
            }
        }
        finally
        {
            // A caller that has seen enough does not hear what became of the rest.
            await ((Task)Task.WhenAll(reading)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
