using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Execute;
using Sandbox.Gateway.Execute.Output;
using Sandbox.Gateway.OpenApi;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Templates;

namespace Sandbox.Gateway.Templates;

/// <summary><c>/v1/templates</c>.</summary>
internal sealed class TemplateEndpoints(TemplateCalls calls, StreamLifetime lifetime, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder templates)
    {
        templates.MapGet("", (HttpContext context, TemplateEndpoints endpoints) => endpoints.ListAsync(context))
            .Describe("listTemplates", "List templates").Produces<TemplateListAnswer>();
        templates.MapGet("/{name}", (HttpContext context, string name, TemplateEndpoints endpoints) => endpoints.DescribeAsync(context, name))
            .Describe("describeTemplate", "Describe a template").Produces<TemplateAnswer>();
        templates.MapDelete("/{name}", (HttpContext context, string name, TemplateEndpoints endpoints) => endpoints.RemoveAsync(context, name))
            .Describe("removeTemplate", "Remove a template that nothing depends on").Produces<TemplateAnswer>();
        templates.MapPost("/{name}/files", (HttpContext context, string name, TemplateEndpoints endpoints) => endpoints.UploadAsync(context, name))
            .Describe("uploadTemplateFiles", "Upload a recipe's files as a tar").Produces<TemplateUploadAnswer>(StatusCodes.Status201Created);
        templates.MapPost("/{name}/build", (HttpContext context, string name, TemplateEndpoints endpoints) => endpoints.BuildAsync(context, name))
            .Describe("buildTemplate", "Build a template from a recipe").Takes(RequestSchemas.TemplateBuild).Streams("application/x-ndjson", "text/event-stream");
        templates.MapPost("/{name}/import", (HttpContext context, string name, TemplateEndpoints endpoints) => endpoints.ImportAsync(context, name))
            .Describe("importTemplate", "Make a template of an OCI image layout in a tar").Produces<TemplateAnswer>(StatusCodes.Status201Created);
    }

    private async Task<IResult> ListAsync(HttpContext context) => RestCalls.Json(await calls.ListAsync(
        Caller.Of(context.User), RestArguments.ReadQuery(context.Request.Query, texts: ["after"], numbers: ["limit"], flags: [])));

    private async Task<IResult> DescribeAsync(HttpContext context, string name) =>
        RestCalls.Json(await calls.DescribeAsync(Caller.Of(context.User), RestArguments.Named(name)));

    private async Task<IResult> RemoveAsync(HttpContext context, string name) =>
        RestCalls.Json(await calls.RemoveAsync(Caller.Of(context.User), RestArguments.Named(name)));

    private async Task<IResult> UploadAsync(HttpContext context, string name) => RestCalls.Json(
        await ReadUploadAsync(context, calls.GrainToBuild(Caller.Of(context.User), RestArguments.Named(name)), "a tar of the recipe's files"), StatusCodes.Status201Created);

    private async Task<IResult> ImportAsync(HttpContext context, string name)
    {
        var template = calls.GrainToBuild(Caller.Of(context.User), RestArguments.Named(name));
        var image = await ReadUploadAsync(context, template, "the tar of an OCI image layout");
        var answer = TemplateCalls.Answer(await template.ImportAsync(image.Upload, context.RequestAborted));
        context.Response.Headers.Location = $"/v1/templates/{name}";
        return RestCalls.Json(answer, StatusCodes.Status201Created);
    }

    private static async Task<TemplateUploadAnswer> ReadUploadAsync(HttpContext context, ITemplateGrain template, string wanted)
    {
        // The host has a limit of its own, and says so at the piece that is too much.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = null;
        var answer = new TemplateUploadAnswer(RandomNumberGenerator.GetHexString(32, lowercase: true), 0);
        while (true)
        {
            var read = await context.Request.BodyReader.ReadAtLeastAsync(TemplateCalls.MostPiece, context.RequestAborted);
            var piece = read.Buffer.Slice(0, Math.Min(TemplateCalls.MostPiece, read.Buffer.Length));
            if (piece.Length > 0) answer = await TemplateCalls.WriteFilesAsync(template, answer.Upload, answer.Bytes, piece.ToArray());
            var isLast = read.IsCompleted && piece.Length == read.Buffer.Length;
            context.Request.BodyReader.AdvanceTo(piece.End);
            if (isLast) break;
        }

        return answer.Bytes > 0 ? answer : throw CallException.Invalid($"The body is empty: send {wanted}.");
    }

    private async Task BuildAsync(HttpContext context, string name)
    {
        var format = AcceptedFormat.ChooseForItems(context.Request.Headers.Accept)
            ?? throw new ProblemException(ExecuteProblems.NotAcceptable(AcceptedFormat.AllForItems));
        var request = RestArguments.Named(name, await RestArguments.ReadBodyAsync(context.Request));
        var stream = new ItemStream(context.Response, format, time);
        await lifetime.RunAsync(
            context,
            async cancel =>
            {
                // Before the first item a failure still has a status of its own.
                await using var items = calls.BuildAsync(Caller.Of(context.User), request, cancel).GetAsyncEnumerator(cancel);
                if (!await items.MoveNextAsync()) return;
                await stream.BeginAsync(cancel);
                await foreach (var item in stream.WithoutSilenceAsync(FromCurrentAsync(items), cancel)) await stream.WriteAsync(item.Type, item, id: null, cancel);
            },
            error => stream.WriteFailureAsync(error, context.RequestAborted));
    }

    private static async IAsyncEnumerable<T> FromCurrentAsync<T>(IAsyncEnumerator<T> items)
    {
        do yield return items.Current;
        while (await items.MoveNextAsync());
    }
}
