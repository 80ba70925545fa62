using Microsoft.Net.Http.Headers;

namespace Sandbox.CloudStorage;

/// <summary>Objects one by one: described, read and deleted.</summary>
internal static class Downloads
{
    public static Answer Answer(Exchange exchange)
    {
        var stored = exchange.Bucket.Get(exchange.Name!, exchange.Query.Number("generation"));
        if (exchange.Query.Number("ifGenerationMatch") is { } expected && expected != stored.Generation)
            throw new StorageException(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
        if (exchange.Query.Text("alt") != "media") return CloudStorage.Answer.Of(stored.Describe(exchange.Bucket.Name));

        var (status, from, length) = Range(exchange, stored.Bytes.Length);
        var answer = new Answer(status, stored.Bytes.AsMemory(from, length), stored.ContentType);
        answer.Headers["x-goog-generation"] = $"{stored.Generation}";
        answer.Headers["x-goog-hash"] = $"crc32c={stored.Crc32C},md5={stored.Md5}";
        answer.Headers["x-goog-stored-content-length"] = $"{stored.Bytes.Length}";
        if (status == 206) answer.Headers["Content-Range"] = $"bytes {from}-{from + length - 1}/{stored.Bytes.Length}";
        return answer;
    }

    public static Answer Delete(Exchange exchange)
    {
        exchange.Bucket.Delete(exchange.Name!, exchange.Query.Number("ifGenerationMatch"));
        return new Answer(204);
    }

    private static (int Status, int From, int Length) Range(Exchange exchange, int size)
    {
        if (!RangeHeaderValue.TryParse(exchange.Headers.Range.ToString(), out var header) || header.Ranges.Count != 1) return (200, 0, size);
        var range = header.Ranges.Single();
        var from = range.From ?? Math.Max(0, size - range.To!.Value);
        if (from >= size) throw new StorageException(416, "requestedRangeNotSatisfiable", "Request range not satisfiable");
        var to = range.From is null ? size - 1 : Math.Min(range.To ?? long.MaxValue, size - 1);
        return (206, (int)from, (int)(to - from + 1));
    }
}
