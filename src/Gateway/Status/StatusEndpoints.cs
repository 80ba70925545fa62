using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Sandbox.Gateway.Status;

/// <summary><c>GET /</c>, <c>GET /status</c>, and the same for probes: <c>GET /healthz</c> and <c>GET /readyz</c>.</summary>
internal static class StatusEndpoints
{
    private static readonly string[] s_methods = [HttpMethods.Get, HttpMethods.Head];

    private static readonly ServiceAnswer s_service = new("sandbox", ServerIdentity.Version, ServerIdentity.Engine, new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["execute"] = "/execute",
        ["hub"] = "/hub",
        ["sandboxes"] = "/v1/sandboxes",
        ["status"] = "/status",
        ["openapi"] = "/openapi/v1.json",
    });

    private static readonly StatusAnswer s_alive = new("alive", ServerIdentity.Engine, ServerIdentity.Version);

    public static void MapStatus(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/", s_methods, () => TypedResults.Json(s_service, StatusJson.Default.ServiceAnswer))
            .WithTags("Status").WithSummary("What this server is").WithDescription("Answers whenever the server runs.")
            .Produces<ServiceAnswer>();
        foreach (var path in new[] { "/status", "/readyz" })
        {
            endpoints.MapMethods(path, s_methods, AnswerStatusAsync)
                .WithTags("Status").WithSummary("Whether it can execute").WithDescription("200 when an execution would be served, otherwise 503 with the reason.")
                .Produces<StatusAnswer>().Produces<StatusAnswer>(StatusCodes.Status503ServiceUnavailable);
        }

        endpoints.MapMethods("/healthz", s_methods, () => TypedResults.Json(s_alive, StatusJson.Default.StatusAnswer))
            .WithTags("Status").WithSummary("Whether it is alive").WithDescription("200 whenever the server runs, also while it cannot execute.")
            .Produces<StatusAnswer>();
    }

    private static async Task<IResult> AnswerStatusAsync(
        IReadinessProbe probe, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var readiness = lifetime.ApplicationStopping.IsCancellationRequested
            ? new GatewayReadiness(ReadinessState.Stopping, "The server is going down.")
            : await probe.CheckAsync(cancellationToken);
        var (status, name) = readiness.State switch
        {
            ReadinessState.Ready => (StatusCodes.Status200OK, "ok"),
            ReadinessState.Starting => (StatusCodes.Status503ServiceUnavailable, "starting"),
            ReadinessState.Stopping => (StatusCodes.Status503ServiceUnavailable, "stopping"),
            _ => (StatusCodes.Status503ServiceUnavailable, "unavailable"),
        };
        return TypedResults.Json(
            new StatusAnswer(name, ServerIdentity.Engine, ServerIdentity.Version, readiness.Reason), StatusJson.Default.StatusAnswer, statusCode: status);
    }
}
