using System.Collections.Concurrent;
using Sandbox.Gateway.Processes.Output;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Hub;

/// <summary>The readers of one connection, by the ids that the client chose.</summary>
internal sealed class ConnectionReaders
{
    /// <summary>How many may read at once on a connection. Each may have a window's bytes on its way.</summary>
    public const int Most = 256;

    private readonly ConcurrentDictionary<string, OutputReader> _readers = new(StringComparer.Ordinal);

    /// <exception cref="CallException">The id is taken, or there are too many.</exception>
    public void Add(string id, OutputReader reader)
    {
        if (_readers.Count >= Most)
        {
            throw new CallException(new CallError(CallCode.Limit, $"{Most} readers are on this connection. End some, or open another connection."));
        }

        if (!_readers.TryAdd(id, reader))
        {
            throw new CallException(new CallError(CallCode.Conflict, "readId is in use on this connection. Choose another."));
        }
    }

    public void Remove(string id) => _readers.TryRemove(id, out _);

    public OutputReader? Find(string id) => _readers.GetValueOrDefault(id);
}
