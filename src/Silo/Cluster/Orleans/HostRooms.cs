using Orleans.Runtime.Placement;
using Sandbox.Grains.Hosting;
using Sandbox.Grains.Sandboxes;
using Sandbox.Silo.Cluster.Rooms;
using Sandbox.Silo.Limits;

namespace Sandbox.Silo.Cluster;

/// <summary>The room of the cluster's hosts as its grains ask for it.</summary>
internal sealed class HostRooms(RoomBoard board) : IHostRooms
{
    /// <inheritdoc/>
    public HostReadiness Readiness => board.AnyTakes() ? new HostReadiness(true, null) : new HostReadiness(false, "No host of the cluster takes sandboxes now.");

    /// <inheritdoc/>
    public bool IsElsewhere(SandboxSpec spec) => board.IsElsewhere(BytesOf(spec));

    /// <inheritdoc/>
    /// <remarks>
    /// A grain that migrates is found through the directory wherever a call for it arrives. One that only ended would be activated here once more by every silo that
    /// remembers it here, since no placement is asked where an address is known.
    /// </remarks>
    public void SendElsewhere(IGrainContext grain, SandboxSpec spec)
    {
        if (board.PlaceElsewhere(BytesOf(spec)) is { } host)
            grain.Migrate(new Dictionary<string, object>(StringComparer.Ordinal) { [IPlacementDirector.PlacementHintKey] = SiloAddress.FromParsableString(host) });
        else
            grain.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "There was room elsewhere."));
    }

    private static long BytesOf(SandboxSpec spec) => MemoryBudget.LimitBytes(spec.MemoryBytes, spec.DiskBytes);
}
