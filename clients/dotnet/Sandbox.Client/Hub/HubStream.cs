using Microsoft.AspNetCore.SignalR.Client;

namespace Sandboxes.Hub;

/// <summary>A server's stream on one connection. Disposing it ends it on the server too, which disposing what SignalR gives does not.</summary>
internal sealed class HubStream<T> : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending;

    public HubStream(HubConnection connection, string method, object request, CancellationToken cancellationToken)
    {
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Items = connection.StreamAsync<T>(method, request, _ending.Token).GetAsyncEnumerator(CancellationToken.None);
    }

    /// <summary>What comes.</summary>
    public IAsyncEnumerator<T> Items { get; }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Items.DisposeAsync();
        _ending.Dispose();
    }
}
