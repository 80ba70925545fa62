using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.OpenApi;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Sandboxes;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Checkpoints;

/// <summary><c>/v1/sandboxes/{id}/checkpoints</c>, and what else is about sleeping.</summary>
internal static class CheckpointEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/{id}/checkpoints", Call(CheckpointCalls.ListAsync)).Describe("listCheckpoints", "List a sandbox's checkpoints").Produces<CheckpointListAnswer>();
        endpoints.MapPost("/{id}/checkpoints", Call(CheckpointCalls.CheckpointAsync)).Describe("checkpointSandbox", "Take a checkpoint; the sandbox goes on")
            .Takes(RequestSchemas.Checkpoint).Produces<CheckpointAnswer>();
        endpoints.MapDelete("/{id}/checkpoints/{checkpointId}", DeleteAsync).Describe("deleteCheckpoint", "Delete a checkpoint").Produces<CheckpointListAnswer>();
        endpoints.MapPost("/{id}/suspend", Call(CheckpointCalls.SuspendAsync)).Describe("suspendSandbox", "Put a sandbox to storage, with its programs").Produces<SandboxAnswer>();
        endpoints.MapPost("/{id}/restore", Call(CheckpointCalls.RestoreAsync)).Describe("restoreSandbox", "Bring a sandbox back from storage")
            .Takes(RequestSchemas.Restore).Produces<SandboxAnswer>();
        endpoints.MapPost("/{id}/rewind", Call(CheckpointCalls.RewindAsync)).Describe("rewindSandbox", "Go back to a checkpoint")
            .Takes(RequestSchemas.Rewind).Produces<SandboxAnswer>();
        endpoints.MapPost("/{id}/fork", Call(CheckpointCalls.ForkAsync)).Describe("forkSandbox", "Make new sandboxes of a sandbox's present state")
            .Takes(RequestSchemas.Fork).Produces<ForkAnswer>();
    }

    private static async Task<IResult> DeleteAsync(HttpContext context, string id, string checkpointId, SandboxAccess access) =>
        RestCalls.Json(await CheckpointCalls.DeleteAsync(await access.OpenAsync(context, id), checkpointId));

    private static Delegate Call<T>(Func<ISandboxGrain, Task<T>> call) =>
        async (HttpContext context, string id, SandboxAccess access) => RestCalls.Json(await call(await access.OpenAsync(context, id)));

    private static Delegate Call<T>(Func<ISandboxGrain, Arguments, Task<T>> call) => async (HttpContext context, string id, SandboxAccess access) =>
    {
        var request = await RestArguments.ReadBodyAsync(context.Request);
        return RestCalls.Json(await call(await access.OpenAsync(context, id), request));
    };
}
