using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Hosting;

/// <summary>What this host knows of the room on all hosts of its cluster.</summary>
public interface IHostRooms
{
    /// <summary>Whether a sandbox that does not live here had better go on elsewhere: this host is full or drains, and another is and does not.</summary>
    bool IsElsewhere(SandboxSpec spec);

    /// <summary>Ends the activation of such a sandbox's grain here, so that further calls find it where there is room. It goes once its running calls are done.</summary>
    /// <param name="grain">The activation.</param>
    /// <param name="spec">The sandbox.</param>
    void SendElsewhere(IGrainContext grain, SandboxSpec spec);

    /// <summary>Whether any host can execute now, and if not, why.</summary>
    HostReadiness Readiness { get; }
}
