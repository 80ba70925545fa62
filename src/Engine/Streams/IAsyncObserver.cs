namespace Orleans.Streams;

/// <summary>What takes items.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
public interface IAsyncObserver<in T>
{
    /// <summary>Takes the next item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="token">Its place in the stream, where it has one.</param>
    Task OnNextAsync(T item, StreamSequenceToken? token = null);

    /// <summary>No more items will come. Put into a stream it has no effect.</summary>
    Task OnCompletedAsync() => Task.CompletedTask;

    /// <summary>Something failed. Put into a stream it has no effect.</summary>
    /// <param name="ex">What.</param>
    Task OnErrorAsync(Exception ex);
}
