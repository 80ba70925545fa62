using System.Threading.Channels;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>
/// A subscription and what waits to be delivered to it: at most 1,000 items, beyond which the oldest are lost, so that a slow observer holds up
/// nobody and no memory.
/// </summary>
internal sealed class StreamSubscription<T> : StreamSubscriptionHandle<T>
{
    private const int MostWaiting = 1_000;

    private readonly MemoryStreamProvider _provider;
    private readonly IAsyncObserver<T> _observer;
    private readonly Channel<T> _waiting = Channel.CreateBounded<T>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private volatile bool _ended;

    public StreamSubscription(MemoryStreamProvider provider, StreamId streamId, IAsyncObserver<T> observer)
    {
        _provider = provider;
        _observer = observer;
        StreamId = streamId;
        provider.Add(this);
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            // Sees its own failures, and ends with the subscription.
            _ = Task.Run(DeliverAsync);
        }
    }

    public override StreamId StreamId { get; }

    public override string ProviderName => _provider.Name;

    public override Guid HandleId { get; } = Guid.NewGuid();

    public void Post(T item) => _waiting.Writer.TryWrite(item);

    public override Task UnsubscribeAsync()
    {
        _ended = true;
        _provider.Remove(this);
        _waiting.Writer.TryComplete();

        // Not awaited: an observer may unsubscribe while it is being called.
        return Task.CompletedTask;
    }

    private async Task DeliverAsync()
    {
        long number = 0;
        await foreach (var item in _waiting.Reader.ReadAllAsync())
        {
            if (_ended) return;
            try
            {
                await _observer.OnNextAsync(item, new Place(number++));
            }
            catch (Exception exception)
            {
                // The observer's own matter; the stream goes on.
                _provider.Engine.LogObserverFailed(exception, StreamId);
            }
        }
    }

    private sealed class Place(long number) : StreamSequenceToken
    {
        public override long SequenceNumber { get; protected set; } = number;

        public override int EventIndex { get; protected set; }
    }
}
