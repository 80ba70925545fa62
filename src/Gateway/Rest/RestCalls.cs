using Microsoft.AspNetCore.Http;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Rest;

/// <summary>What the endpoints have in common.</summary>
internal static class RestCalls
{
    /// <summary>The sandbox that a request names, if it may reach it.</summary>
    public static Task<ISandboxGrain> OpenAsync(this SandboxAccess access, HttpContext context, string id) =>
        access.OpenAsync(Caller.Of(context.User), Ids.CheckSandbox(id, "id"), RestArguments.Token(context.Request));

    /// <summary>An answer.</summary>
    public static IResult Json<T>(T answer, int status = StatusCodes.Status200OK) => TypedResults.Json(answer, WireJson.Options, statusCode: status);
}
