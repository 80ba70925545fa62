using Sandbox.Grains.Holding;

namespace Sandbox.Silo.Holding;

/// <summary>How a host that can be reached is asked to let a sandbox go.</summary>
internal interface IHolderCalls
{
    /// <summary>Asks, and waits for the answer. Where nobody is at that address, nothing happens.</summary>
    /// <param name="key">The sandbox.</param>
    /// <param name="address">The holder's address, from the head.</param>
    /// <param name="epoch">The epoch that is to end.</param>
    /// <param name="cancellationToken">Waits no longer.</param>
    Task AskAsync(SandboxKey key, string address, long epoch, CancellationToken cancellationToken);
}
