using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Sandbox.Gateway.Problems;
using Sandbox.Gateway.Rest;
using Sandbox.Gateway.Wire;
using Sandbox.Grains.Files;
using Sandbox.Grains.Sandboxes;

namespace Sandbox.Gateway.Files;

/// <summary>A file's bytes over HTTP: ranges and conditions of RFC 9110.</summary>
internal sealed class FileReading(StreamLifetime lifetime)
{
    public async Task ReadAsync(HttpContext context, ISandboxGrain sandbox, FileQuery query)
    {
        var (request, response) = (context.Request, context.Response);
        var range = request.GetTypedHeaders().Range is { Unit.Value: "bytes", Ranges: { Count: 1 } ranges } ? ranges.Single() : null;
        var ifRange = request.Headers.IfRange.ToString();
        if (range is { From: null } || (range is not null && ifRange.Length > 0))
        {
            // What a range from the end, or under a condition, comes to depends on the file.
            var entry = await FileCalls.StatAsync(sandbox, query with { Kind = FileQueryKind.List, Depth = 0 }, context.RequestAborted);
            if (ifRange.Length > 0 && !string.Equals(ifRange, Quote(entry.Tag), StringComparison.Ordinal)) range = null;
            if (range is { From: null, To: { } last }) range = new RangeItemHeaderValue(Math.Max(0, entry.Size - last), to: null);
        }

        if (Condition(request.Headers.IfMatch.ToString()) is { } tag) query = query with { Tag = tag };
        if (range is not null) query = query with { Offset = range.From!.Value, Length = range.To is { } to ? to - range.From.Value + 1 : null };
        // A server that stops does not wait for a host that is gone.
        using var ending = lifetime.EndingOf(context);
        await using var items = FileSource.ReadAsync(sandbox, query, ending.Token).GetAsyncEnumerator(ending.Token);
        var file = await lifetime.WaitAsync(context, _ => FirstAsync(items));
        response.Headers.ETag = Quote(file.Tag);
        response.Headers.AcceptRanges = "bytes";
        response.Headers.LastModified = file.Modified.ToString("R", CultureInfo.InvariantCulture);
        if (range is null && Condition(request.Headers.IfNoneMatch.ToString()) is { } known && string.Equals(known, file.Tag, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        if (range is not null && query.Offset >= file.Size)
        {
            response.Headers.ContentRange = $"bytes */{file.Size}";
            throw new ProblemException(new GatewayProblem(
                StatusCodes.Status416RangeNotSatisfiable, CallCode.Invalid, "There are no such bytes", $"The file has {file.Size} bytes."));
        }

        var length = Math.Min(query.Length ?? long.MaxValue, Math.Max(0, file.Size - query.Offset));
        response.StatusCode = range is null ? StatusCodes.Status200OK : StatusCodes.Status206PartialContent;
        if (range is not null) response.Headers.ContentRange = $"bytes {query.Offset}-{query.Offset + length - 1}/{file.Size}";
        response.ContentLength = length;
        await lifetime.RunAsync(context, cancel => WriteAsync(response, items, length, cancel), tell: null);
    }

    private static async Task WriteAsync(HttpResponse response, IAsyncEnumerator<FileItem> items, long length, CancellationToken cancellationToken)
    {
        await ItemStream.BeginAsync(response, "application/octet-stream", cancellationToken);
        var left = length;
        while (left > 0 && await items.MoveNextAsync() && items.Current is FileData data)
        {
            var step = (int)Math.Min(left, data.Data.Length);
            await response.BodyWriter.WriteAsync(data.Data.AsMemory(0, step), cancellationToken);
            left -= step;
        }

        if (left > 0) throw new CallException(new CallError(CallCode.Conflict, "The file became shorter while it was read."));
    }

    private static async Task<FileEntry> FirstAsync(IAsyncEnumerator<FileItem> items)
    {
        try
        {
            return await items.MoveNextAsync() && items.Current is FileFound found
                ? found.Entry
                : throw new CallException(new CallError(CallCode.Unavailable, "The sandbox did not say what is there."));
        }
        catch (CallException e) when (string.Equals(e.Error.File, FileNames.Of(FileErrorKind.Changed), StringComparison.Ordinal))
        {
            throw new ProblemException(CallProblems.Of(e.Error) with { Status = StatusCodes.Status412PreconditionFailed });
        }
    }

    private static string Quote(string tag) => $"\"{tag}\"";

    /// <summary>The one tag of a condition, or null where there is none.</summary>
    private static string? Condition(string header) =>
        EntityTagHeaderValue.TryParse(header, out var tag) && !string.Equals(tag.Tag.Value, "*", StringComparison.Ordinal) ? tag.Tag.Value!.Trim('"') : null;
}
