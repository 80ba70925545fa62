using System.Collections.Immutable;

namespace Sandbox.Silo.Containers;

/// <summary>
/// Capabilities of PID 1, the guest agent, inside the guest: gVisor grants them, not the host's kernel. Programs get fewer or none; the agent
/// sees to that.
/// </summary>
internal static class GuestCapabilities
{
    /// <summary>The names, as the OCI runtime specification spells them.</summary>
    public static readonly ImmutableArray<string> OfAgent =
    [
        "CAP_SYS_ADMIN", // mounts
        "CAP_SYS_CHROOT", // entering the programs' root
        "CAP_SETUID",
        "CAP_SETGID",
        "CAP_SETPCAP", // dropping from the bounding set
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_FOWNER",
        "CAP_FSETID",
        "CAP_KILL",
        "CAP_MKNOD", // whiteouts and /dev
        "CAP_SYS_RESOURCE", // raising rlimits for a program
    ];
}
