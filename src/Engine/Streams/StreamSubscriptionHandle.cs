using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>A subscription.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
public abstract class StreamSubscriptionHandle<T>
{
    /// <summary>The stream.</summary>
    public abstract StreamId StreamId { get; }

    /// <summary>The provider's name.</summary>
    public abstract string ProviderName { get; }

    /// <summary>Its own id.</summary>
    public abstract Guid HandleId { get; }

    /// <summary>Ends it. Items that are on their way may still come until this completes.</summary>
    public abstract Task UnsubscribeAsync();
}
