using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Streams;

/// <summary>A stream within one host.</summary>
internal sealed class MemoryStream<T>(MemoryStreamProvider provider, StreamId streamId) : IAsyncStream<T>
{
    public StreamId StreamId => streamId;

    public string ProviderName => provider.Name;

    public bool IsRewindable => false;

    public Task OnNextAsync(T item, StreamSequenceToken? token = null)
    {
        foreach (var subscription in provider.Subscriptions<T>(streamId))
        {
            // A copy for each: they are as far apart as the two sides of a call.
            var copy = item is null ? item : (T)new CopyContext(provider.Engine.Copiers).Copy(item)!;
            ((StreamSubscription<T>)subscription).Post(copy);
        }

        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        if (Activation.Current is { } activation)
        {
            throw new NotSupportedException(
                $"{activation.GrainId} subscribes to a stream. The embedded engine's streams lead out of grains only: call the grain instead.");
        }

        return Task.FromResult<StreamSubscriptionHandle<T>>(new StreamSubscription<T>(provider, streamId, observer));
    }
}
