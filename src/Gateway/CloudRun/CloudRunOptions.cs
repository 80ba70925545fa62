namespace Sandbox.Gateway.CloudRun;

/// <summary>What clients of Cloud Run Sandbox find here. Part of <see cref="GatewayOptions"/>: section <c>Gateway:CloudRun</c>.</summary>
public sealed class CloudRunOptions
{
    /// <summary>
    /// Whether <c>GET /suspend/{id}</c>, <c>/restore/{id}</c> and <c>/delete/{id}</c> are there. A GET that changes something can be sent by a link and
    /// repeated by whatever fetches ahead: only for clients that know nothing else.
    /// </summary>
    public bool GetCalls { get; set; }
}
