using System.Text.Json;

namespace Sandbox.CloudStorage;

/// <summary>An object on its way, with what was said of it before its bytes.</summary>
internal sealed class Upload(Bucket bucket, Query query, JsonElement description, string? contentType)
{
    private readonly MemoryStream _bytes = new();
    private readonly long? _ifGenerationMatch = query.Number("ifGenerationMatch");

    public string Name { get; } = query.Text("name") ?? Text(description, "name") ?? throw new StorageException(400, "required", "Required parameter: name");

    /// <summary>How many bytes are kept.</summary>
    public long Length => _bytes.Length;

    /// <summary>The object, once it is complete.</summary>
    public StoredObject? Stored { get; private set; }

    public void CheckMatch() => bucket.CheckMatch(Name, _ifGenerationMatch);

    public void Append(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    /// <summary>Makes the object, if its checksums and its condition allow.</summary>
    /// <param name="hash">The header with further checksums, or empty.</param>
    public StoredObject Complete(string hash)
    {
        var bytes = _bytes.ToArray();
        Check("crc32c", Text(description, "crc32c"), Checksums.Crc32C(bytes));
        Check("md5", Text(description, "md5Hash"), Checksums.Md5(bytes));
        foreach (var pair in hash.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var (kind, value) = (pair.Trim().Split('=', 2)[0], pair.Trim().Split('=', 2)[1]);
            Check(kind, value, kind == "crc32c" ? Checksums.Crc32C(bytes) : Checksums.Md5(bytes));
        }

        var metadata = description.ValueKind == JsonValueKind.Object && description.TryGetProperty("metadata", out var given)
            ? given.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!, StringComparer.Ordinal)
            : [];
        return Stored = bucket.Put(Name, bytes, Text(description, "contentType") ?? contentType ?? "application/octet-stream", metadata, _ifGenerationMatch);
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value.GetString() : null;

    private void Check(string kind, string? given, string computed)
    {
        if (given is null || given == computed) return;

        // Bytes that came wrong are not kept: the session begins again.
        _bytes.SetLength(0);
        throw new StorageException(400, "invalid", $"Provided {kind} \"{given}\" doesn't match calculated {kind} \"{computed}\".");
    }
}
