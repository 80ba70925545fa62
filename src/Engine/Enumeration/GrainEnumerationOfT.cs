using Orleans.Serialization;

namespace Orleans.Runtime;

/// <summary>
/// An enumeration in a grain. It runs in the turns of the grain's activation, between the turns of calls. What it yields without waiting
/// travels together, up to the batch size.
/// </summary>
internal sealed class GrainEnumeration<T> : GrainEnumeration
{
    private readonly Activation _activation;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly IAsyncEnumerator<T> _enumerator;
    private readonly int _batchSize;
    private readonly bool _copies;
    private Task<bool>? _pending;
    private bool _ended;

    public GrainEnumeration(Activation activation, Func<CancellationToken, IAsyncEnumerable<T>> begin, int batchSize, bool copies)
    {
        _activation = activation;
        _batchSize = batchSize;
        _copies = copies;
        _enumerator = begin(_cancellation.Token).GetAsyncEnumerator(_cancellation.Token);
        activation.Enumerations.Add(this);
    }

    /// <summary>The next items. Throws what the iterator throws, and it has ended then.</summary>
    public async ValueTask<Batch<T>> NextAsync()
    {
        if (_ended) return new Batch<T>([], EnumerationState.Aborted);
        Used = true;
        Busy = true;
        try
        {
            return await AdvanceAsync();
        }
        catch
        {
            await EndAsync();
            throw;
        }
        finally
        {
            Busy = false;
            Used = true;
        }
    }

    public override async Task EndAsync()
    {
        if (_ended) return;
        _ended = true;
        _activation.Enumerations.Remove(this);
        var engine = _activation.Engine;
        try
        {
            engine.Cancel(_cancellation, _activation.GrainId);

            // An iterator cannot be disposed while it runs. One that ignores its token is left behind when the time is over.
            if (_pending is { } pending)
            {
                await ((Task)pending).WaitAsync(engine.Messaging.ResponseTimeout, engine.Time)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                if (!pending.IsCompleted)
                {
                    engine.LogEnumerationStuck(_activation.GrainId, engine.Messaging.ResponseTimeout);
                    return;
                }
            }

            await _enumerator.DisposeAsync().AsTask().WaitAsync(engine.Messaging.ResponseTimeout, engine.Time);
        }
        catch (Exception exception)
        {
            // Nobody asks for items any more, so nobody else would hear of it.
            engine.LogEnumerationFailed(exception, _activation.GrainId);
        }
    }

    private async ValueTask<Batch<T>> AdvanceAsync()
    {
        var items = new List<T>();
        while (_pending is null)
        {
            var step = _enumerator.MoveNextAsync();
            if (!step.IsCompletedSuccessfully)
            {
                _pending = step.AsTask();
                break;
            }

            if (!step.Result) return await CompleteAsync(items);
            items.Add(Copy(_enumerator.Current));
            if (items.Count >= _batchSize) break;
        }

        // Items that are ready do not wait for those that are not.
        if (items.Count > 0) return new Batch<T>(items, EnumerationState.Running);
        return await WaitAsync(items);
    }

    private async ValueTask<Batch<T>> WaitAsync(List<T> items)
    {
        // Shorter than the caller's time limit, so that an enumeration may be quiet for as long as it likes.
        var engine = _activation.Engine;
        var pending = _pending!;
        await ((Task)pending).WaitAsync(engine.Messaging.ResponseTimeout / 2, engine.Time, _activation.Deactivating)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!pending.IsCompleted) return new Batch<T>(items, EnumerationState.Running);
        _pending = null;
        if (!await pending) return await CompleteAsync(items);
        items.Add(Copy(_enumerator.Current));
        return new Batch<T>(items, EnumerationState.Running);
    }

    private async ValueTask<Batch<T>> CompleteAsync(List<T> items)
    {
        await EndAsync();
        return new Batch<T>(items, EnumerationState.Completed);
    }

    private T Copy(T item) => _copies && item is not null ? (T)new CopyContext(_activation.Engine.Copiers).Copy(item)! : item;
}
