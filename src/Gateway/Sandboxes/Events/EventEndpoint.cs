using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Execute;
using Sandbox.Gateway.Execute.Output;
using Sandbox.Gateway.OpenApi;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Rest;

namespace Sandbox.Gateway.Sandboxes.Events;

/// <summary><c>GET /v1/sandboxes/{id}/events</c>.</summary>
internal sealed class EventEndpoint(SandboxAccess access, StreamLifetime lifetime, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/{id}/events", (HttpContext context, string id, EventEndpoint endpoint) => endpoint.ReadAsync(context, id))
            .Describe("readEvents", "Read or follow what happens to a sandbox").Streams("application/x-ndjson", "text/event-stream");

    private async Task ReadAsync(HttpContext context, string id)
    {
        var format = AcceptedFormat.ChooseForItems(context.Request.Headers.Accept)
            ?? throw new ProblemException(ExecuteProblems.NotAcceptable(AcceptedFormat.AllForItems));
        var request = EventRequest.Read(RestArguments.ReadQuery(context.Request.Query, [], ["since"], ["follow"]));

        // A browser that comes back by itself repeats the address and says in this header how far it was.
        if (long.TryParse(context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last))
        {
            request = request with { Since = last };
        }

        var sandbox = await access.OpenAsync(context, id);

        // Before anything is sent: afterwards a failure is no status any more.
        await SandboxCalls.DescribeAsync(sandbox);
        var stream = new ItemStream(context.Response, format, time);
        await lifetime.RunAsync(
            context,
            async cancel =>
            {
                await stream.BeginAsync(cancel);
                await foreach (var happened in stream.WithoutSilenceAsync(EventSource.ReadAsync(sandbox, request, cancel), cancel))
                {
                    await stream.WriteAsync(happened.Type, happened, happened.Sequence ?? happened.To, cancel);
                }
            },
            error => stream.WriteFailureAsync(error, context.RequestAborted));
    }
}
