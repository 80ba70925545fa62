using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sandbox.Gateway.Problems;

/// <summary>
/// Turns whatever ends a request without an answer into problem details: statuses without a body, bodies that the server refused to read, and
/// exceptions, of which the caller learns a number and the log the rest.
/// </summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        GatewayProblem? problem = null;
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null } response)
            {
                problem = GatewayProblem.OfStatus(response.StatusCode, context.Request);
            }
        }
        catch (ProblemException exception)
        {
            problem = exception.Problem;
        }
        catch (BadHttpRequestException exception)
        {
            problem = GatewayProblem.OfStatus(exception.StatusCode, context.Request);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller is gone: nobody is left to answer, and what failed, failed because of that.
            return;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            var id = Guid.NewGuid().ToString("n");
            LogFailed(logger, exception, id, context.Request.Method, context.GetEndpoint()?.DisplayName);
            problem = GatewayProblem.Internal(id);
        }

        if (problem is null)
        {
            return;
        }

        if (context.Response.HasStarted)
        {
            // Too late to say so; a broken connection is at least no complete answer.
            context.Abort();
            return;
        }

        await problem.WriteAsync(context);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "A request failed, number {Id}: {Method} {Endpoint}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string id, string method, string? endpoint);
}
