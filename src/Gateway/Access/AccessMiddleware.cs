using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Sandbox.Gateway.Access;

/// <summary>Asks <see cref="AccessPolicy"/> about every request, and answers the preflights of pages that it knows.</summary>
internal sealed partial class AccessMiddleware(RequestDelegate next, AccessPolicy policy, ILogger<AccessMiddleware> logger)
{
    private const string PrivateNetwork = "Access-Control-Request-Private-Network";

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var sites = request.Headers["Sec-Fetch-Site"];
        var decision = policy.Decide(request.Scheme, request.Host, request.Headers.Origin, sites.Count == 0 ? null : sites.ToString());
        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        if (decision.Refusal is { } refusal)
        {
            LogRefused(logger, refusal.Code);
            await refusal.WriteAsync(context);
            return;
        }

        if (decision.CrossOrigin)
        {
            context.Response.Headers.AccessControlAllowOrigin = request.Headers.Origin.ToString();
            context.Response.Headers.AccessControlExposeHeaders = "Content-Range, ETag, Location, Retry-After, Sandbox-Output-Offset, Sandbox-Output-Timeline, WWW-Authenticate";
            if (HttpMethods.IsOptions(request.Method) && request.Headers.AccessControlRequestMethod.Count > 0)
            {
                AnswerPreflight(context);
                return;
            }
        }

        await next(context);
    }

    private static void AnswerPreflight(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = "GET, HEAD, POST, PUT, PATCH, DELETE";
        headers.AccessControlAllowHeaders = "Accept, Authorization, Content-Type, If-Match, If-None-Match, If-Range, Last-Event-ID, Range, Sandbox-Token, X-Requested-With, X-SignalR-User-Agent";
        headers.AccessControlMaxAge = "600";
        if (context.Request.Headers.ContainsKey(PrivateNetwork))
        {
            headers["Access-Control-Allow-Private-Network"] = "true";
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // The code alone: headers are the sender's to choose, and stay out of the log.
    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Refused a request: {Code}")]
    private static partial void LogRefused(ILogger logger, string code);
}
