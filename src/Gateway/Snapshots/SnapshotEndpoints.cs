using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.OpenApi;
using Sandbox.Gateway.Rest;

namespace Sandbox.Gateway.Snapshots;

/// <summary><c>/v1/snapshots</c>, and <c>/v1/sandboxes/{id}/snapshots</c>.</summary>
internal static class SnapshotEndpoints
{
    /// <summary>Those on a sandbox.</summary>
    public static void MapOnSandboxes(IEndpointRouteBuilder sandboxes) =>
        sandboxes.MapPost("/{id}/snapshots", CreateAsync).Describe("createSnapshot", "Take a snapshot of a sandbox's files; its programs go on")
            .Takes(RequestSchemas.Snapshot).Produces<TakenSnapshotAnswer>(StatusCodes.Status201Created);

    /// <summary>Those on snapshots.</summary>
    public static void Map(IEndpointRouteBuilder snapshots)
    {
        snapshots.MapGet("", ListAsync).Describe("listSnapshots", "List snapshots").Produces<SnapshotListAnswer>();
        snapshots.MapGet("/{name}", DescribeAsync).Describe("describeSnapshot", "Describe a snapshot").Produces<SnapshotAnswer>();
        snapshots.MapDelete("/{name}", DeleteAsync).Describe("deleteSnapshot", "Delete a snapshot that nothing depends on").Produces<SnapshotAnswer>();
        snapshots.MapPost("/{name}/labels", LabelAsync).Describe("labelSnapshot", "Give a snapshot other labels")
            .Takes(RequestSchemas.Labels).Produces<SnapshotAnswer>();
        snapshots.MapPost("/{name}/rename", RenameAsync).Describe("renameSnapshot", "Give a snapshot another name")
            .Takes(RequestSchemas.NewName).Produces<SnapshotAnswer>();
        snapshots.MapGet("/{name}/export", SnapshotFiles.ExportAsync).Describe("exportSnapshot", "Export a snapshot as an OCI image layout in a tar")
            .Streams(SnapshotFiles.ContentType);
        snapshots.MapPost("/{name}/import", SnapshotFiles.ImportAsync).Describe("importSnapshot", "Make a snapshot of an OCI image layout in a tar")
            .Produces<SnapshotAnswer>(StatusCodes.Status201Created);
    }

    private static async Task<IResult> CreateAsync(HttpContext context, string id, SandboxAccess access, SnapshotCalls calls)
    {
        var request = await RestArguments.ReadBodyAsync(context.Request);
        var answer = await calls.CreateAsync(Caller.Of(context.User), await access.OpenAsync(context, id), request);
        context.Response.Headers.Location = $"/v1/snapshots/{answer.Snapshot.Name}";
        return RestCalls.Json(answer, StatusCodes.Status201Created);
    }

    private static async Task<IResult> ListAsync(HttpContext context, SnapshotCalls calls) => RestCalls.Json(await calls.ListAsync(
        Caller.Of(context.User), RestArguments.ReadQuery(context.Request.Query, texts: ["after"], numbers: ["limit"], flags: [])));

    private static async Task<IResult> DescribeAsync(HttpContext context, string name, SnapshotCalls calls) =>
        RestCalls.Json(await calls.DescribeAsync(Caller.Of(context.User), RestArguments.Named(name)));

    private static async Task<IResult> DeleteAsync(HttpContext context, string name, SnapshotCalls calls) => RestCalls.Json(await calls.DeleteAsync(
        Caller.Of(context.User), RestArguments.Named(name, RestArguments.ReadQuery(context.Request.Query, texts: [], numbers: [], flags: ["cascade"]))));

    private static async Task<IResult> LabelAsync(HttpContext context, string name, SnapshotCalls calls) =>
        RestCalls.Json(await calls.LabelAsync(Caller.Of(context.User), RestArguments.Named(name, await RestArguments.ReadBodyAsync(context.Request))));

    private static async Task<IResult> RenameAsync(HttpContext context, string name, SnapshotCalls calls) =>
        RestCalls.Json(await calls.RenameAsync(Caller.Of(context.User), RestArguments.Named(name, await RestArguments.ReadBodyAsync(context.Request))));
}
