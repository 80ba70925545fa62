using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.OpenApi;
using Sandbox.Gateway.Rest;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Sandboxes;

/// <summary><c>/v1/sandboxes</c>.</summary>
internal static class SandboxEndpoints
{
    public static void MapSandboxes(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("", ListAsync).Describe("listSandboxes", "List sandboxes").Produces<SandboxListAnswer>();
        endpoints.MapPost("", CreateAsync).Describe("createSandbox", "Create a sandbox, or get the one that the same request has created before")
            .Takes(RequestSchemas.Create).Produces<CreatedAnswer>().Produces<CreatedAnswer>(StatusCodes.Status201Created);
        endpoints.MapGet("/{id}", Call(SandboxCalls.DescribeAsync)).Describe("describeSandbox", "Describe a sandbox").Produces<SandboxAnswer>();
        endpoints.MapDelete("/{id}", Call(SandboxCalls.DeleteAsync)).Describe("deleteSandbox", "Delete a sandbox").Produces<SandboxAnswer>();
        endpoints.MapGet("/{id}/stats", Call(SandboxCalls.StatsAsync)).Describe("sandboxStats", "What a sandbox uses now").Produces<StatsAnswer>();
        endpoints.MapPost("/{id}/pause", Call(SandboxCalls.PauseAsync)).Describe("pauseSandbox", "Freeze a sandbox in place").Produces<SandboxAnswer>();
        endpoints.MapPost("/{id}/resume", Call(SandboxCalls.ResumeAsync)).Describe("resumeSandbox", "Let a sandbox go on").Produces<SandboxAnswer>();
    }

    private static async Task<IResult> ListAsync(HttpContext context, SandboxCalls calls) => RestCalls.Json(await calls.ListAsync(
        Caller.Of(context.User), RestArguments.ReadQuery(context.Request.Query, texts: ["after"], numbers: ["limit"], flags: [])));

    private static async Task<IResult> CreateAsync(HttpContext context, SandboxCalls calls)
    {
        var request = await RestArguments.ReadBodyAsync(context.Request);
        var answer = await calls.CreateAsync(Caller.Of(context.User), request, context.RequestAborted);
        context.Response.Headers.Location = $"/v1/sandboxes/{answer.Sandbox.Id}";
        return RestCalls.Json(answer, answer.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static Delegate Call<T>(Func<ISandboxGrain, Task<T>> call) =>
        async (HttpContext context, string id, SandboxAccess access) => RestCalls.Json(await call(await access.OpenAsync(context, id)));
}
