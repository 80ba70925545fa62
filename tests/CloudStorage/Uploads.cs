using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Sandbox.CloudStorage;

/// <summary>The three kinds of uploads: simple (<c>media</c>), multipart, and resumable in chunks.</summary>
internal sealed partial class Uploads(CloudStorageServer server)
{
    private const int Grain = 256 * 1024;
    private readonly ConcurrentDictionary<string, Upload> _sessions = new(StringComparer.Ordinal);

    public async Task<Answer> AnswerAsync(Exchange exchange) => (exchange.Method, exchange.Query.Text("uploadType"), exchange.Query.Text("upload_id")) switch
    {
        ("POST", "media", _) => Whole(exchange, new Upload(exchange.Bucket, exchange.Query, default, exchange.Headers.ContentType), exchange.Body),
        ("POST", "multipart", _) => await MultipartAsync(exchange),
        ("POST", "resumable", null) => Begin(exchange),
        ("PUT", _, { } id) when _sessions.TryGetValue(id, out var upload) => Continue(exchange, upload),
        ("PUT", _, not null) => throw new StorageException(404, "notFound", "Upload session not found."),
        _ => throw new StorageException(400, "invalid", "Unknown uploadType."),
    };

    private static Answer Whole(Exchange exchange, Upload upload, byte[] content)
    {
        // Cloud Storage says so before it has read everything; nothing hangs on it.
        upload.CheckMatch();
        upload.Append(exchange.Arrived(content));
        return CloudStorage.Answer.Of(upload.Complete(exchange.Headers["X-Goog-Hash"].ToString()).Describe(exchange.Bucket.Name));
    }

    private static async Task<Answer> MultipartAsync(Exchange exchange)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(exchange.Headers.ContentType.ToString()).Boundary).ToString();
        var reader = new MultipartReader(boundary, new MemoryStream(exchange.Body));
        try
        {
            var (description, _) = await PartAsync(reader);
            var (content, type) = await PartAsync(reader);
            return Whole(exchange, new Upload(exchange.Bucket, exchange.Query, JsonDocument.Parse(description).RootElement, type), content);
        }
        catch (IOException)
        {
            throw new StorageException(400, "invalid", "Malformed multipart body.");
        }
    }

    private static async Task<(byte[] Bytes, string? Type)> PartAsync(MultipartReader reader)
    {
        var part = await reader.ReadNextSectionAsync() ?? throw new IOException("A part is missing.");
        using var bytes = new MemoryStream();
        await part.Body.CopyToAsync(bytes);
        return (bytes.ToArray(), part.ContentType);
    }

    private Answer Begin(Exchange exchange)
    {
        var description = exchange.Body.Length == 0 ? default : JsonDocument.Parse(exchange.Body).RootElement;
        var upload = new Upload(exchange.Bucket, exchange.Query, description, exchange.Headers["X-Upload-Content-Type"]);
        upload.CheckMatch();
        var id = Guid.NewGuid().ToString("N");
        _sessions[id] = upload;
        return new Answer(200) { Headers = { ["Location"] = new Uri(server.Address, $"/upload/storage/v1/b/{exchange.Bucket.Name}/o?uploadType=resumable&upload_id={id}").ToString() } };
    }

    private static Answer Continue(Exchange exchange, Upload upload)
    {
        lock (upload)
        {
            if (upload.Stored is { } stored) return CloudStorage.Answer.Of(stored.Describe(exchange.Bucket.Name));
            var range = Range().Match(exchange.Headers.ContentRange.ToString());
            var total = range.Groups["total"].Success ? long.Parse(range.Groups["total"].Value) : (long?)null;
            if (!range.Success) total = exchange.Body.Length;
            if (!range.Success || range.Groups["from"].Success) Keep(exchange, upload, range, ref total);
            return upload.Length == total
                ? CloudStorage.Answer.Of(upload.Complete(exchange.Headers["X-Goog-Hash"].ToString()).Describe(exchange.Bucket.Name))
                : Incomplete(upload);
        }
    }

    private static void Keep(Exchange exchange, Upload upload, Match range, ref long? total)
    {
        var from = range.Success ? long.Parse(range.Groups["from"].Value) : 0;
        if (from > upload.Length) throw new StorageException(400, "invalid", $"The upload has {upload.Length} bytes, and these begin at {from}.");
        var content = exchange.Arrived(exchange.Body);
        var open = range.Success && !range.Groups["to"].Success;
        var broken = exchange.Fault?.Kind is FaultKind.CutBody or FaultKind.KeepHalf;
        if (broken) content = content[..(content.Length / (exchange.Fault!.Kind == FaultKind.KeepHalf ? 2 : 1) / Grain * Grain)];
        else if (open && total is null) total = from + content.Length;
        else if (total is null && content.Length % Grain != 0) throw new StorageException(400, "invalid", "A chunk must be a multiple of 256 KiB.");
        upload.Append(content.AsSpan((int)Math.Min(content.Length, upload.Length - from)));
    }

    private static Answer Incomplete(Upload upload)
    {
        var answer = new Answer(308);
        if (upload.Length > 0) answer.Headers["Range"] = $"bytes=0-{upload.Length - 1}";
        return answer;
    }

    [GeneratedRegex(@"^bytes ((?<from>\d+)-((?<to>\d+)|\*)|\*)/((?<total>\d+)|\*)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Range();
}
