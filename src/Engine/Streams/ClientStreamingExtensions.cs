using Orleans.Streams;

namespace Orleans;

/// <summary>The streams of a client's host.</summary>
public static class ClientStreamingExtensions
{
    /// <summary>The stream provider of a name.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The name that it was added by.</param>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public static IStreamProvider GetStreamProvider(this IClusterClient client, string name)
    {
        ArgumentNullException.ThrowIfNull(client);
        return StreamProviders.Find(client.ServiceProvider, name);
    }
}
