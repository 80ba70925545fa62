using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sandbox.Gateway.Access;
using Sandbox.Gateway.Execute;
using Sandbox.Gateway.Execute.Output;
using Sandbox.Gateway.OpenApi;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Files;

/// <summary><c>/v1/sandboxes/{id}/files</c>. What a call is about is in its query; the bodies are the files' bytes.</summary>
internal sealed class FileEndpoints(SandboxAccess access, StreamLifetime lifetime, FileReading reading, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        const string Files = "/{id}/files";
        endpoints.MapGet(Files, (HttpContext context, string id, FileEndpoints files) => files.ReadAsync(context, id))
            .Describe("readFile", "Read a file, or a range of it").Streams("application/octet-stream");
        endpoints.MapPut(Files, (HttpContext context, string id, FileEndpoints files) => files.WriteAsync(context, id))
            .Describe("writeFile", "Write a file, which appears as a whole").Produces<WrittenAnswer>();
        endpoints.MapPatch(Files, (HttpContext context, string id, FileEndpoints files) => files.WritePartAsync(context, id))
            .Describe("writeFilePart", "Send a part of a file, or append to one").Produces<WrittenAnswer>();
        endpoints.MapGet($"{Files}/archive", (HttpContext context, string id, FileEndpoints files) => files.PackAsync(context, id))
            .Describe("readArchive", "Get a directory as a tar archive").Streams("application/x-tar");
        endpoints.MapPut($"{Files}/archive", (HttpContext context, string id, FileEndpoints files) => files.UnpackAsync(context, id))
            .Describe("writeArchive", "Unpack a tar archive into a directory").Produces<WrittenAnswer>();
        endpoints.MapGet($"{Files}/{{query}}", (HttpContext context, string id, string query, FileEndpoints files) => files.QueryAsync(context, id, query))
            .Describe("queryFiles", "stat, list, glob, search or watch").Streams("application/json", "application/x-ndjson", "text/event-stream");
        endpoints.MapPost($"{Files}/{{change}}", (HttpContext context, string id, string change, FileEndpoints files) => files.ChangeAsync(context, id, change))
            .Describe("changeFiles", "make-directory, rename, copy, remove or change-mode").Takes(RequestSchemas.FileChange).Produces<FileAnswer>();
    }

    private static Arguments Query(HttpContext context) =>
        RestArguments.ReadQuery(context.Request.Query, FileRequests.Texts, FileRequests.Numbers, FileRequests.Flags);

    private async Task ReadAsync(HttpContext context, string id) =>
        await reading.ReadAsync(context, await access.OpenAsync(context, id), FileRequests.Read(Query(context)));

    private async Task<IResult> WriteAsync(HttpContext context, string id)
    {
        var write = FileRequests.Whole(Query(context)) with { Upload = Ids.NewProcess() };
        return await WritePartsAsync(context, await access.OpenAsync(context, id), write, offset: 0, finishes: true, abandons: true);
    }

    private async Task<IResult> WritePartAsync(HttpContext context, string id)
    {
        var write = FileRequests.Write(Query(context));
        return await WritePartsAsync(context, await access.OpenAsync(context, id), write, write.Offset, write.Finish, abandons: false);
    }

    private async Task<IResult> UnpackAsync(HttpContext context, string id)
    {
        var write = FileRequests.Whole(Query(context)) with { Upload = Ids.NewProcess(), Unpack = true };
        return await WritePartsAsync(context, await access.OpenAsync(context, id), write, offset: 0, finishes: true, abandons: true);
    }

    /// <summary>Passes a body on in parts, each of which is taken before the next is read.</summary>
    private static async Task<IResult> WritePartsAsync(
        HttpContext context, ISandboxGrain sandbox, FileWrite write, long? offset, bool finishes, bool abandons)
    {
        WrittenAnswer? answer = null;
        try
        {
            await foreach (var (data, last) in BodyParts.ReadAsync(context.Request, context.RequestAborted))
            {
                answer = await FileCalls.WriteAsync(sandbox, write with { Offset = offset, Finish = finishes && last }, data);
                offset = offset is null ? null : offset + data.Length;
            }
        }
        catch (Exception) when (abandons && answer is not null)
        {
            // Nobody knows the id of what is left.
            await sandbox.WriteFileAsync(write with { Abandon = true }, []);
            throw;
        }

        return RestCalls.Json(answer);
    }

    private async Task PackAsync(HttpContext context, string id)
    {
        var query = FileRequests.Read(Query(context)) with { Kind = FileQueryKind.Pack, Tag = null };
        var sandbox = await access.OpenAsync(context, id);
        await using var items = FileSource.ReadAsync(sandbox, query, context.RequestAborted).GetAsyncEnumerator(context.RequestAborted);

        // Before anything is sent: afterwards a failure is no status any more.
        var any = await items.MoveNextAsync();
        await lifetime.RunAsync(
            context,
            async cancel =>
            {
                await ItemStream.BeginAsync(context.Response, "application/x-tar", cancel);
                for (; any && items.Current is FileData data; any = await items.MoveNextAsync()) await context.Response.BodyWriter.WriteAsync(data.Data, cancel);
            },
            tell: null);
    }

    private async Task QueryAsync(HttpContext context, string id, string word)
    {
        var query = FileRequests.Query(word, Query(context));
        var sandbox = await access.OpenAsync(context, id);
        if (word is "stat")
        {
            var entry = await FileCalls.StatAsync(sandbox, query, context.RequestAborted);
            await RestCalls.Json(new FileAnswer(FileEntryView.Of(entry))).ExecuteAsync(context);
            return;
        }

        var format = AcceptedFormat.ChooseForItems(context.Request.Headers.Accept)
            ?? throw new ProblemException(ExecuteProblems.NotAcceptable(AcceptedFormat.AllForItems));
        var stream = new ItemStream(context.Response, format, time);
        await using var items = FileSource.ReadAsync(sandbox, query, context.RequestAborted).GetAsyncEnumerator(context.RequestAborted);
        var any = await items.MoveNextAsync();
        await lifetime.RunAsync(
            context,
            async cancel =>
            {
                await stream.BeginAsync(cancel);
                await foreach (var item in stream.WithoutSilenceAsync(RestAsync(), cancel))
                {
                    var view = FileItemView.Of(item);
                    await stream.WriteAsync(view.Type, view, id: null, cancel);
                }
            },
            error => stream.WriteFailureAsync(error, context.RequestAborted));

        async IAsyncEnumerable<FileItem> RestAsync()
        {
            for (; any; any = await items.MoveNextAsync()) yield return items.Current;
        }
    }

    private async Task<IResult> ChangeAsync(HttpContext context, string id, string word)
    {
        var request = FileRequests.Change(word, await RestArguments.ReadBodyAsync(context.Request));
        return RestCalls.Json(await FileCalls.ChangeAsync(await access.OpenAsync(context, id), request));
    }
}
