using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>A stream: what is put in goes to all who subscribed. Items may be lost; who must not miss any keeps them elsewhere.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
public interface IAsyncStream<T> : IAsyncObserver<T>, IAsyncObservable<T>
{
    /// <summary>Its name.</summary>
    StreamId StreamId { get; }

    /// <summary>The provider's name.</summary>
    string ProviderName { get; }

    /// <summary>Whether a subscription may begin in the past; here never.</summary>
    bool IsRewindable { get; }
}
