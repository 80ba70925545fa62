using Orleans.Concurrency;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Cluster.Rooms;
using Sandbox.Silo.Sandboxes;

namespace Sandbox.Silo.Cluster;

/// <inheritdoc cref="IHostService"/>
/// <remarks>It is made before the machine is ready, and called after.</remarks>
[Reentrant]
internal sealed class HostGrainService(GrainId id, global::Orleans.Runtime.Silo silo, ILoggerFactory loggers, IServiceProvider services)
    : GrainService(id, silo, loggers), IHostService
{
    /// <inheritdoc/>
    public Task ReportAsync(string host, HostRoom room)
    {
        services.GetRequiredService<RoomBoard>().Note(host, room);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<SandboxError?> LetGoAsync(string key, long epoch) => services.GetRequiredService<LiveSandboxes>().LetGoAsync(key, epoch);
}
