using System.Text.Json.Nodes;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Snapshots;

/// <summary>Named snapshots, as far as clients of Cloud Run Sandbox use them.</summary>
internal interface INamedSnapshots
{
    /// <summary>Keeps a sandbox's files under a name of its owner; what the name held before is replaced.</summary>
    /// <exception cref="CallException">Why not.</exception>
    Task TakeAsync(Caller caller, ISandboxGrain sandbox, string name, CancellationToken cancellationToken);

    /// <summary>Has a creation start from a snapshot: adds to what <c>CreateSandbox</c> takes.</summary>
    /// <exception cref="CallException">Why not.</exception>
    void StartFrom(JsonObject creation, string name);
}
