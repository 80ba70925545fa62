using Microsoft.AspNetCore.Http;

namespace Sandbox.Gateway.Access;

/// <summary>Finds out who calls, once for a request.</summary>
internal sealed class CallerMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        context.User = new Caller("default").ToPrincipal();
        return next(context);
    }
}
