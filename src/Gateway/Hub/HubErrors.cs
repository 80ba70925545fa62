using Microsoft.AspNetCore.SignalR;
using Sandbox.Gateway.Telemetry;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Hub;

/// <summary>Errors in the hub's form.</summary>
internal static class HubErrors
{
    public static HubException ToHubException(this CallError error)
    {
        GatewayMetrics.Refused(error.Code, "hub");
        return new HubException(error.ToJson());
    }
}
