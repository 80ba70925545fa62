using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.CloudRun.Affinity;
using Sandbox.Gateway.CloudRun.Wire;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.CloudRun.Sessions;

/// <summary>How a request becomes a session's WebSocket.</summary>
internal static class SessionSockets
{
    /// <exception cref="ProblemException">The request is no WebSocket's.</exception>
    public static async Task<SandboxSocket> AcceptAsync(HttpContext context, AffinityCookie affinity)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            throw new ProblemException(CallProblems.Of(CallError.Invalid("This is a WebSocket: connect with ws:// or wss://.")));
        }

        affinity.Set(context);
        return new SandboxSocket(await context.WebSockets.AcceptWebSocketAsync());
    }
}
