using System.Runtime.CompilerServices;
using Sandboxes.Hub;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>
/// A sandbox on a server. Disposing this closes its connection, if it has one of its own, and leaves the sandbox as it is:
/// <see cref="DeleteAsync"/> ends it.
/// </summary>
public sealed partial class Sandbox : IAsyncDisposable
{
    private readonly HubLink _link;
    private readonly HubLink? _owned;
    private SandboxInfo _info;

    internal Sandbox(HubLink link, SandboxInfo info, string? token, bool created, bool ownsLink)
    {
        (_link, _info, Token, Created) = (link, info, token, created);
        _owned = ownsLink ? link : null;
        Files = new SandboxFiles(link, info.Id, token);
    }

    /// <summary>Its files.</summary>
    public SandboxFiles Files { get; }

    /// <summary>Its id.</summary>
    public string Id => _info.Id;

    /// <summary>The secret that gives access to this one sandbox. The server gives it once, to whoever created it: null for others.</summary>
    public string? Token { get; }

    /// <summary>Whether the call that gave this object created it.</summary>
    public bool Created { get; }

    /// <summary>What is known of it as of the last answer; <see cref="DescribeAsync"/> asks anew.</summary>
    public SandboxInfo Info => _info;

    /// <summary>Asks the server how it is. Does not count as activity.</summary>
    public Task<SandboxInfo> DescribeAsync(CancellationToken cancellationToken = default) => CallAsync("DescribeSandbox", cancellationToken);

    /// <summary>Stops everything in it where it is.</summary>
    public Task<SandboxInfo> PauseAsync(CancellationToken cancellationToken = default) => CallAsync("PauseSandbox", cancellationToken);

    /// <summary>Lets it go on after a pause.</summary>
    public Task<SandboxInfo> ResumeAsync(CancellationToken cancellationToken = default) => CallAsync("ResumeSandbox", cancellationToken);

    /// <summary>Ends it, with its programs and files. Twice is once.</summary>
    public Task<SandboxInfo> DeleteAsync(CancellationToken cancellationToken = default) => CallAsync("DeleteSandbox", cancellationToken);

    /// <summary>What it uses now.</summary>
    public Task<SandboxStats> GetStatsAsync(CancellationToken cancellationToken = default) =>
        _link.CallAsync<SandboxStats>("SandboxStats", new SandboxRequest(Id, Token), Repeat.Safe, cancellationToken);

    /// <summary>
    /// What happens to it: what is still kept behind a number, then what comes, until it is deleted. Numbers that are not kept any more come
    /// as one event of type <c>gap</c>.
    /// </summary>
    /// <param name="since">The number of the last event that is known; 0 for all.</param>
    /// <param name="follow">Whether to wait for what is still to come.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async IAsyncEnumerable<SandboxEvent> Events(
        long since = 0, bool follow = true, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var over = !follow;
        var items = _link.StreamAsync<SandboxEvent>(
            "ReadEvents", () => new ReadEventsRequest(Id, Token, since, follow), () => over, cancellationToken);
        await foreach (var item in items.WithCancellation(cancellationToken))
        {
            if (item.Type == "gap")
            {
                if (item.To is not { } to || to <= since) continue;
                since = to;
            }
            else
            {
                if (item.Sequence <= since) continue;
                since = item.Sequence;
                over |= item.Type is "deleted" or "failed";
            }

            yield return item;
        }
    }

    /// <summary>Closes the connection, if it is this sandbox's own. The sandbox and its programs go on.</summary>
    public ValueTask DisposeAsync() => _owned?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<SandboxInfo> CallAsync(string method, CancellationToken cancellationToken)
    {
        var answer = await _link.CallAsync<SandboxAnswer>(method, new SandboxRequest(Id, Token), Repeat.Safe, cancellationToken);
        return _info = answer.Sandbox;
    }
}
