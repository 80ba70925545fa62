using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Rest;

/// <summary>Errors of calls as problem details, with the same codes.</summary>
internal static class CallProblems
{
    public static GatewayProblem Of(CallError error)
    {
        var (status, title) = StatusOf(error.Code);
        return new GatewayProblem(status, error.Code, title, error.Message)
        {
            RetryAfter = error.RetryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Id = error.Id,
            Expected = error.Expected,
            SandboxStatus = error.Status,
            File = error.File,
        };
    }

    /// <summary>The status and title of a code.</summary>
    public static (int Status, string Title) StatusOf(string code) => code switch
    {
        CallCode.Invalid => (StatusCodes.Status400BadRequest, "The request cannot be"),
        CallCode.Unauthorized => (StatusCodes.Status401Unauthorized, "No key or token opens this"),
        CallCode.Forbidden => (StatusCodes.Status403Forbidden, "This is not allowed"),
        CallCode.NotFound => (StatusCodes.Status404NotFound, "There is no such thing"),
        CallCode.Conflict => (StatusCodes.Status409Conflict, "What is there does not allow this"),
        CallCode.Unknown => (StatusCodes.Status409Conflict, "Whether it was started cannot be known"),
        CallCode.Gone => (StatusCodes.Status410Gone, "The sandbox is gone"),
        CallCode.Limit => (StatusCodes.Status429TooManyRequests, "A limit is reached"),
        CallCode.Overloaded => (StatusCodes.Status503ServiceUnavailable, "There is no capacity now"),
        CallCode.Unavailable => (StatusCodes.Status503ServiceUnavailable, "The host cannot do it now"),
        CallCode.Timeout => (StatusCodes.Status504GatewayTimeout, "The call took too long"),
        _ => (StatusCodes.Status500InternalServerError, "The server failed"),
    };
}
