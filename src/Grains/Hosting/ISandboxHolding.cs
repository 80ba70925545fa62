using Sandbox.Grains.Holding;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Hosting;

/// <summary>Which host may run a sandbox, by its head. A key is a grain's, <c>{owner}/{id}</c>.</summary>
public interface ISandboxHolding
{
    /// <summary>Whether hosts that cannot reach each other share the store: then a record may have been written by another one's grain.</summary>
    bool IsShared { get; }

    /// <summary>The head of a sandbox, or null. Claims nothing.</summary>
    Task<SandboxHead?> FindHeadAsync(string key, CancellationToken cancellationToken);

    /// <summary>Whether another host may run it now. Claims nothing.</summary>
    Task<bool> IsElsewhereAsync(string key, CancellationToken cancellationToken);

    /// <summary>Asks the host that runs it to let it go, and waits for that or for the end of its lease, 10 s at most.</summary>
    /// <returns>Null when no other host has it any more; otherwise an error that says when to try again.</returns>
    Task<SandboxError?> BringAsync(string key, CancellationToken cancellationToken);

    /// <summary>Removes the head of a sandbox of which nothing is left.</summary>
    Task ForgetAsync(string key, CancellationToken cancellationToken);
}
