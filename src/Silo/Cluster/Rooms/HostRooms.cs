using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Limits;

namespace Sandbox.Silo.Cluster.Rooms;

/// <summary>The room of the cluster's hosts as its grains ask for it.</summary>
internal sealed class HostRooms(RoomBoard board) : IHostRooms
{
    /// <inheritdoc/>
    public HostReadiness Readiness => board.AnyTakes() ? new HostReadiness(true, null) : new HostReadiness(false, "No host of the cluster takes sandboxes now.");

    /// <inheritdoc/>
    public bool IsElsewhere(SandboxSpec spec) => board.IsElsewhere(MemoryBudget.LimitBytes(spec.MemoryBytes, spec.DiskBytes));
}
