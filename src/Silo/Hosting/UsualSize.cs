using Sandbox.Gateway.Sandboxes;
using Sandbox.Silo.Executions;

namespace Sandbox.Silo.Hosting;

/// <summary>
/// The size of a sandbox that asks for none: on a server that is gateway and host in one it is what the host keeps ready, unless the operator says otherwise.
/// </summary>
internal static class UsualSize
{
    /// <summary>Sets those of the gateway's defaults that are not configured.</summary>
    /// <param name="gateway">The gateway's.</param>
    /// <param name="configured">The configuration of the section <c>Gateway:Sandboxes</c>.</param>
    /// <param name="host">The host's.</param>
    public static void Apply(SandboxLimitsOptions gateway, IConfiguration configured, SandboxOptions host)
    {
        if (configured[nameof(gateway.DefaultMemoryBytes)] is null) gateway.DefaultMemoryBytes = host.MemoryBytes;
        if (configured[nameof(gateway.DefaultDiskBytes)] is null) gateway.DefaultDiskBytes = host.DiskBytes;
        if (configured[nameof(gateway.DefaultProcesses)] is null) gateway.DefaultProcesses = host.Processes;
    }
}
