using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Wire;

namespace Sandbox.Gateway.Snapshots;

/// <summary>Snapshots as files: OCI image layouts, streamed in and out piece by piece.</summary>
internal static class SnapshotFiles
{
    /// <summary>What an export is.</summary>
    public const string ContentType = "application/x-tar";

    private const int Piece = 1 << 20;

    public static async Task ExportAsync(HttpContext context, string name, SnapshotCalls calls)
    {
        var grain = calls.Grain(Caller.Of(context.User), name);
        _ = (await grain.DescribeAsync()).ValueOrThrow();
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}.tar\"";
        await ItemStream.BeginAsync(context.Response, ContentType, context.RequestAborted);
        try
        {
            await foreach (var piece in grain.ExportAsync(context.RequestAborted)) await context.Response.Body.WriteAsync(piece, context.RequestAborted);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // So that nobody takes what has come for the whole.
            context.Abort();
            throw;
        }
    }

    public static async Task<IResult> ImportAsync(HttpContext context, string name, SnapshotCalls calls)
    {
        var grain = calls.Grain(Caller.Of(context.User), name);
        var query = RestArguments.ReadQuery(context.Request.Query, texts: [], numbers: [], flags: ["overwrite"]);
        var options = SnapshotCalls.Options(query);
        // The host has a limit of its own, and says so at the piece that is too much.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = null;
        var import = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var offset = 0L;
        while (true)
        {
            var read = await context.Request.BodyReader.ReadAtLeastAsync(Piece, context.RequestAborted);
            var piece = read.Buffer.Slice(0, Math.Min(Piece, read.Buffer.Length));
            if (piece.Length > 0) offset = (await grain.WriteImportAsync(import, offset, piece.ToArray())).ValueOrThrow().Bytes;
            var isLast = read.IsCompleted && piece.Length == read.Buffer.Length;
            context.Request.BodyReader.AdvanceTo(piece.End);
            if (isLast) break;
        }

        if (offset == 0) throw CallException.Invalid("The body is empty: send the tar of an OCI image layout.");
        var answer = SnapshotAnswer.Of((await grain.ImportAsync(import, options, context.RequestAborted)).ValueOrThrow());
        context.Response.Headers.Location = $"/v1/snapshots/{name}";
        return RestCalls.Json(answer, StatusCodes.Status201Created);
    }
}
