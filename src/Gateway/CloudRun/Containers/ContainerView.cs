using Sandbox.Gateway.Sandboxes;

namespace Sandbox.Gateway.CloudRun.Containers;

/// <summary>A sandbox as <c>/list</c> shows it.</summary>
internal sealed record ContainerView(string Id, string Status, DateTimeOffset Created)
{
    public static ContainerView Of(SandboxView sandbox) => new(sandbox.Id, sandbox.Status, sandbox.Created);
}
