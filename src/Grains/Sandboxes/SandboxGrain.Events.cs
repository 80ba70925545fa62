using System.Runtime.CompilerServices;
using Sandbox.Grains.Events;

namespace Sandbox.Grains.Sandboxes;

/// <content>Reading events. The reader's iterator runs in this activation, where the log is, so nothing but the log needs to wake it.</content>
internal sealed partial class SandboxGrain
{
    /// <inheritdoc/>
    public IAsyncEnumerable<SandboxEvent> ReadEventsAsync(long since, bool follow, CancellationToken cancellationToken = default) =>
        UntilEndingAsync(token => FollowLogAsync(since, follow, token), cancellationToken);

    private async IAsyncEnumerable<SandboxEvent> FollowLogAsync(
        long since, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await LookAgainAsync();
        while (true)
        {
            // The log of now: another sandbox of the same id has another. Whether it changed is asked from before it was read.
            var log = _log;
            var changed = log.Changed;
            foreach (var happened in log.After(since))
            {
                since = happened.Sequence;
                yield return happened;
            }

            if (!follow || (log.IsSealed && !changed.IsCompleted)) yield break;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Reads until this activation has to go. It waits for its readers otherwise, and they for it; so they are told to read on from where they
    /// are, which the next activation answers.
    /// </summary>
    /// <exception cref="EnumerationAbortedException">This activation ends.</exception>
    private async IAsyncEnumerable<T> UntilEndingAsync<T>(
        Func<CancellationToken, IAsyncEnumerable<T>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ending.Token);
        await using var reading = read(ending.Token).GetAsyncEnumerator(ending.Token);
        while (true)
        {
            bool more;
            try
            {
                more = await reading.MoveNextAsync();
            }
            catch (OperationCanceledException e) when (_ending.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new EnumerationAbortedException($"The grain of {_key} is activated anew. Read on from where you are.", e);
            }

            if (!more) yield break;
            yield return reading.Current;
        }
    }
}
