namespace Orleans.Streams;

/// <summary>Subscribing by functions.</summary>
public static class AsyncObservableExtensions
{
    /// <summary>Subscribes to what comes from now on.</summary>
    /// <param name="obs">The stream.</param>
    /// <param name="onNextAsync">Gets the items, one after another, and their places where they have one.</param>
    /// <typeparam name="T">The type of the items.</typeparam>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(
        this IAsyncObservable<T> obs, Func<T, StreamSequenceToken, Task> onNextAsync)
    {
        ArgumentNullException.ThrowIfNull(obs);
        ArgumentNullException.ThrowIfNull(onNextAsync);
        return obs.SubscribeAsync(new Observer<T>(onNextAsync));
    }

    private sealed class Observer<T>(Func<T, StreamSequenceToken, Task> onNext) : IAsyncObserver<T>
    {
        public Task OnNextAsync(T item, StreamSequenceToken? token = null) => onNext(item, token!);

        public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
    }
}
