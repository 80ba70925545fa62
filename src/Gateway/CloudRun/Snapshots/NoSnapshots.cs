using System.Text.Json.Nodes;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Snapshots;

/// <summary>A server without named snapshots refuses them, as an original does on which none are configured.</summary>
internal sealed class NoSnapshots : INamedSnapshots
{
    private const string Refusal = "Filesystem snapshots are not configured on this server.";

    public Task TakeAsync(Caller caller, ISandboxGrain sandbox, string name, CancellationToken cancellationToken) => throw CallException.Invalid(Refusal);

    public void StartFrom(JsonObject creation, string name) => throw CallException.Invalid(Refusal);
}
