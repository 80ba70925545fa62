using System.Runtime.CompilerServices;
using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>A connection to a server, shared by any number of sandboxes. Thread-safe.</summary>
public sealed partial class SandboxClient : IAsyncDisposable
{
    private readonly HubLink _link;

    private SandboxClient(HubLink link) => _link = link;

    /// <summary>Connects.</summary>
    /// <param name="server">The server's address, such as <c>http://127.0.0.1:8080</c>.</param>
    /// <param name="options">How to reach it.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="UnavailableException">It cannot be reached.</exception>
    /// <exception cref="PermissionException">It refuses the key.</exception>
    public static async Task<SandboxClient> ConnectAsync(Uri server, SandboxClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        var link = new HubLink(server, options ?? new SandboxClientOptions());
        try
        {
            await link.ConnectAsync(cancellationToken);
            return new SandboxClient(link);
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a sandbox, or gives the one that the same request created before.</summary>
    public Task<Sandbox> CreateAsync(CreateOptions? options = null, CancellationToken cancellationToken = default) =>
        Sandbox.CreateAsync(_link, options ?? new CreateOptions(), ownsLink: false, cancellationToken);

    /// <summary>Takes up a sandbox that exists, by its token or this connection's key.</summary>
    public Task<Sandbox> AttachAsync(string id, string? token = null, CancellationToken cancellationToken = default) =>
        AttachAsync(id, token, wake: true, cancellationToken);

    /// <summary>Takes up a sandbox that exists, and leaves one that sleeps asleep if that is wanted: to describe, rewind or delete it.</summary>
    /// <param name="id">The sandbox's id.</param>
    /// <param name="token">Its secret; not needed with a key of its owner.</param>
    /// <param name="wake">Whether a suspended one is woken, and its idle timeout begins anew.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    public Task<Sandbox> AttachAsync(string id, string? token, bool wake, CancellationToken cancellationToken = default) =>
        Sandbox.AttachAsync(_link, id, token, wake, ownsLink: false, cancellationToken);

    /// <summary>The owner's sandboxes, page by page as they are taken.</summary>
    /// <param name="labels">Only those that carry all of these.</param>
    /// <param name="cancellationToken">Stops listing.</param>
    public async IAsyncEnumerable<SandboxInfo> ListAsync(
        IReadOnlyDictionary<string, string>? labels = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? after = null;
        do
        {
            var page = await _link.CallAsync<ListAnswer>("ListSandboxes", new ListRequest(after, Limit: null, labels), Repeat.Safe, cancellationToken);
            foreach (var sandbox in page.Sandboxes) yield return sandbox;
            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>Ends the connection; what waits on it fails. Sandboxes and their programs go on.</summary>
    public ValueTask DisposeAsync() => _link.DisposeAsync();
}
