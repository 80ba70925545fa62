using System.Collections.Concurrent;
using System.Collections.Immutable;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>Streams within one host. A stream nobody subscribes to costs nothing and holds nothing.</summary>
internal sealed class MemoryStreamProvider(string name, Engine engine) : IStreamProvider
{
    private readonly ConcurrentDictionary<(StreamId Stream, Type Item), ImmutableArray<object>> _subscriptions = new();

    public string Name => name;

    public bool IsRewindable => false;

    public Engine Engine => engine;

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new MemoryStream<T>(this, streamId);

    public ImmutableArray<object> Subscriptions<T>(StreamId stream) =>
        _subscriptions.TryGetValue((stream, typeof(T)), out var found) ? found : [];

    public void Add<T>(StreamSubscription<T> subscription) => _subscriptions.AddOrUpdate(
        (subscription.StreamId, typeof(T)), static (_, added) => [added], static (_, others, added) => others.Add(added), subscription);

    public void Remove<T>(StreamSubscription<T> subscription)
    {
        var key = (subscription.StreamId, typeof(T));
        while (_subscriptions.TryGetValue(key, out var before))
        {
            var after = before.Remove(subscription);
            var changed = after.IsEmpty ? _subscriptions.TryRemove(new(key, before)) : _subscriptions.TryUpdate(key, after, before);
            if (changed) return;
        }
    }
}
