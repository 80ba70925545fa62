using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>Where streams are found by their names.</summary>
public interface IStreamProvider
{
    /// <summary>The name that it was registered by.</summary>
    string Name { get; }

    /// <summary>Whether a subscription may begin in the past; here never.</summary>
    bool IsRewindable { get; }

    /// <summary>The stream of a name. There is nothing to create: it exists while somebody holds it or subscribes.</summary>
    /// <param name="streamId">The name.</param>
    /// <typeparam name="T">The type of its items.</typeparam>
    IAsyncStream<T> GetStream<T>(StreamId streamId);
}
