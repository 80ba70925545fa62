using Microsoft.AspNetCore.Http;

namespace Sandbox.Gateway.Access;

/// <summary>Headers that every answer carries, so that what a program prints is never taken for a page, kept, or embedded.</summary>
internal sealed class AnswerHeadersMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return next(context);
    }
}
