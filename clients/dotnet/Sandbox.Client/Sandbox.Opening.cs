using System.Runtime.CompilerServices;
using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <content>The ways to one.</content>
public sealed partial class Sandbox
{
    /// <summary>Creates a sandbox over a connection of its own, or gives the one that the same request created before.</summary>
    /// <param name="server">The server's address, such as <c>http://127.0.0.1:8080</c>.</param>
    /// <param name="options">What it is to be.</param>
    /// <param name="connection">How to reach the server.</param>
    /// <param name="cancellationToken">Gives the call up; it may have been created.</param>
    /// <exception cref="ConflictException">Another request has created a sandbox under the same id.</exception>
    public static async Task<Sandbox> CreateAsync(
        Uri server, CreateOptions? options = null, SandboxClientOptions? connection = null, CancellationToken cancellationToken = default) =>
        await OwningAsync(server, connection, link => CreateAsync(link, options ?? new CreateOptions(), ownsLink: true, cancellationToken), cancellationToken);

    /// <inheritdoc cref="CreateAsync(Uri, CreateOptions?, SandboxClientOptions?, CancellationToken)"/>
    public static Task<Sandbox> CreateAsync(
        string server, CreateOptions? options = null, SandboxClientOptions? connection = null, CancellationToken cancellationToken = default) =>
        CreateAsync(new Uri(server), options, connection, cancellationToken);

    /// <summary>Takes up a sandbox that exists, by its token or a key, over a connection of its own.</summary>
    /// <param name="server">The server's address.</param>
    /// <param name="id">The sandbox's id.</param>
    /// <param name="token">Its secret; not needed with a key of its owner.</param>
    /// <param name="connection">How to reach the server.</param>
    /// <param name="wake">Whether a suspended one is woken, and its idle timeout begins anew. Without, it can be described, rewound or deleted asleep.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <exception cref="NotFoundException">There is none, or it belongs to somebody else.</exception>
    public static async Task<Sandbox> AttachAsync(
        Uri server, string id, string? token = null, SandboxClientOptions? connection = null, bool wake = true, CancellationToken cancellationToken = default) =>
        await OwningAsync(server, connection, link => AttachAsync(link, id, token, wake, ownsLink: true, cancellationToken), cancellationToken);

    /// <inheritdoc cref="AttachAsync(Uri, string, string?, SandboxClientOptions?, bool, CancellationToken)"/>
    public static Task<Sandbox> AttachAsync(
        string server, string id, string? token = null, SandboxClientOptions? connection = null, bool wake = true, CancellationToken cancellationToken = default) =>
        AttachAsync(new Uri(server), id, token, connection, wake, cancellationToken);

    /// <summary>Connects to a server, for many sandboxes over one connection.</summary>
    public static Task<SandboxClient> ConnectAsync(Uri server, SandboxClientOptions? options = null, CancellationToken cancellationToken = default) =>
        SandboxClient.ConnectAsync(server, options, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(Uri, SandboxClientOptions?, CancellationToken)"/>
    public static Task<SandboxClient> ConnectAsync(string server, SandboxClientOptions? options = null, CancellationToken cancellationToken = default) =>
        SandboxClient.ConnectAsync(new Uri(server), options, cancellationToken);

    /// <summary>The owner's sandboxes, page by page as they are taken, over a connection for this alone.</summary>
    /// <param name="server">The server's address.</param>
    /// <param name="labels">Only those that carry all of these.</param>
    /// <param name="connection">How to reach the server.</param>
    /// <param name="cancellationToken">Stops listing.</param>
    public static async IAsyncEnumerable<SandboxInfo> ListAsync(
        Uri server, IReadOnlyDictionary<string, string>? labels = null, SandboxClientOptions? connection = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var client = await ConnectAsync(server, connection, cancellationToken);
        await foreach (var sandbox in client.ListAsync(labels, cancellationToken)) yield return sandbox;
    }

    /// <inheritdoc cref="ListAsync(Uri, IReadOnlyDictionary{string, string}?, SandboxClientOptions?, CancellationToken)"/>
    public static IAsyncEnumerable<SandboxInfo> ListAsync(
        string server, IReadOnlyDictionary<string, string>? labels = null, SandboxClientOptions? connection = null,
        CancellationToken cancellationToken = default) => ListAsync(new Uri(server), labels, connection, cancellationToken);

    internal static async Task<Sandbox> CreateAsync(HubLink link, CreateOptions options, bool ownsLink, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Both chosen here: a repeated request under no id would be another sandbox, and a token that the server draws is lost with its answer.
            var repeated = false;
            var request = new CreateRequest(options.Id ?? RandomId.New())
            {
                Token = options.Token ?? RandomId.NewSecret(),
                Template = options.Template,
                Start = options.Start,
                Snapshot = options.Snapshot,
                Env = options.Environment,
                Cwd = options.Cwd,
                User = options.User,
                MemoryBytes = options.MemoryBytes,
                DiskBytes = options.DiskBytes,
                Processes = options.Processes,
                IdleTimeout = options.IdleTimeout,
                OnIdle = options.OnIdle,
                Lifetime = options.Lifetime,
                CheckpointInterval = options.CheckpointInterval,
                KeepCheckpoints = options.KeepCheckpoints,
                KeepFiles = options.KeepFiles,
                Labels = options.Labels,
                KeepAlive = options.KeepAlive,
            };
            try
            {
                // What has the secret that was drawn just now was created by this call, also where its first answer was lost.
                return await CreateAsync(request, ours: options.Token is null);
            }
            catch (SandboxException e) when (repeated && options.Id is null && e is (ConflictException or SandboxGoneException))
            {
                // A server takes back what it was creating for a connection that is lost, and is just doing so.
            }
            catch (ConflictException) when (options is { Id: not null, Token: null })
            {
                // Perhaps the same request created it before, with another secret.
                return await CreateAsync(request with { Token = null }, ours: false);
            }

            async Task<Sandbox> CreateAsync(CreateRequest request, bool ours)
            {
                var answer = await link.CallAsync<CreatedAnswer>("CreateSandbox", request, Repeat.Safe, cancellationToken, onRepeat: () => repeated = true);
                return new Sandbox(link, answer.Sandbox, answer.Token, answer.Created || ours, ownsLink);
            }
        }
    }

    internal static async Task<Sandbox> AttachAsync(HubLink link, string id, string? token, bool wake, bool ownsLink, CancellationToken cancellationToken)
    {
        var method = wake ? "AttachSandbox" : "DescribeSandbox";
        var answer = await link.CallAsync<SandboxAnswer>(method, new SandboxRequest(id, token), Repeat.Safe, cancellationToken);
        return new Sandbox(link, answer.Sandbox, token, created: false, ownsLink);
    }

    private static async Task<Sandbox> OwningAsync(
        Uri server, SandboxClientOptions? options, Func<HubLink, Task<Sandbox>> open, CancellationToken cancellationToken)
    {
        var link = new HubLink(server, options ?? new SandboxClientOptions());
        try
        {
            await link.ConnectAsync(cancellationToken);
            return await open(link);
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }
}
