using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

namespace Sandboxes.Hub;

/// <summary>Tells a lost connection from an answer.</summary>
internal static class LossOf
{
    // What SignalR's client makes of a close message with a reason.
    private const string Closed = "The server closed the connection";

    // What it says, by InvalidDataException, of a connection that ended within a message.
    private const string Cut = "Connection terminated while reading a message.";

    /// <summary>Whether an exception of a call or stream means that the connection is gone. The caller has taken out its own cancellation before.</summary>
    public static bool Connection(Exception exception) => exception switch
    {
        HubException hub => hub.Message.StartsWith(Closed, StringComparison.Ordinal),
        InvalidDataException { Message: Cut } => true,
        JsonException or InvalidDataException => false, // an answer that this library cannot read
        _ => true,
    };

    /// <summary>What a failed attempt to connect means when trying again is no use; null when it may be.</summary>
    public static SandboxException? Permanent(Exception exception, Uri hub, bool first) => (exception as HttpRequestException)?.StatusCode switch
    {
        HttpStatusCode.Unauthorized => new PermissionException(
            ErrorCode.Unauthorized, $"{hub} takes no connection without a valid key: give one, or correct it.", exception),
        HttpStatusCode.Forbidden => new PermissionException(
            ErrorCode.Forbidden, $"{hub} refuses this connection: the key, the Host or the Origin is not allowed.", exception),
        // Once there was a hub, it is away for a while and not elsewhere.
        HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed when first => new UnavailableException(
            ErrorCode.Unavailable, $"There is no Sandbox server at {hub}: check the address.", cause: exception),
        _ => null,
    };
}
