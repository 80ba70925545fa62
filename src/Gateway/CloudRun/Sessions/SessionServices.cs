using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.CloudRun.Affinity;
using Sandbox.Gateway.Processes;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Snapshots;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <summary>What a session is made of: the calls that the hub has too.</summary>
internal sealed record SessionServices(
    IGrainFactory Grains,
    SandboxAccess Access,
    SandboxCalls Sandboxes,
    ProcessCalls Processes,
    SnapshotCalls Snapshots,
    CallFailures Failures,
    AffinityCookie Affinity,
    IHostApplicationLifetime Application,
    TimeProvider Time,
    ILogger<Session> Logger);
