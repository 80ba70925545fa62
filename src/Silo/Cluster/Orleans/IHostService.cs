using Orleans.Services;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Cluster.Rooms;

namespace Sandbox.Silo.Cluster;

/// <summary>What the hosts of a cluster ask of each other. One on every silo, reached by the silo's address alone: no directory has to know it.</summary>
[Alias("host-service")]
public interface IHostService : IGrainService
{
    /// <summary>Takes note of what another host has free.</summary>
    [Alias("report")]
    Task ReportAsync(string host, HostRoom room);

    /// <summary>Suspends a sandbox that lives here, which lets it go. Completes when it is gone from here.</summary>
    /// <param name="key">The grain's key.</param>
    /// <param name="epoch">The epoch that is to end; in a later one it stays.</param>
    /// <returns>Null when it is not here, or not any more; else why it stays.</returns>
    [Alias("let-go")]
    Task<SandboxError?> LetGoAsync(string key, long epoch);
}
