namespace Orleans.Streams;

/// <summary>What items can be had from.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
public interface IAsyncObservable<T>
{
    /// <summary>Subscribes to what comes from now on.</summary>
    /// <param name="observer">Gets the items, one after another; has to return at once. What it throws is logged, and the next item comes.</param>
    /// <exception cref="NotSupportedException">Called within a grain, which this engine's streams do not serve.</exception>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer);
}
