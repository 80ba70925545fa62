using System.Net.WebSockets;

namespace Sandbox.Gateway.CloudRun.Wire;

/// <summary>Why the server closes a connection. The numbers are on the wire and never change.</summary>
internal static class CloseCode
{
    /// <summary>What the client asked for is done.</summary>
    public const WebSocketCloseStatus Done = WebSocketCloseStatus.NormalClosure;

    /// <summary>The server stops.</summary>
    public const WebSocketCloseStatus Stopping = WebSocketCloseStatus.EndpointUnavailable;

    /// <summary>There is no such sandbox, or it has a client.</summary>
    public const WebSocketCloseStatus Refused = WebSocketCloseStatus.InternalServerError;

    /// <summary>A failure, of which an error event says more.</summary>
    public const WebSocketCloseStatus Failed = (WebSocketCloseStatus)4000;
}
