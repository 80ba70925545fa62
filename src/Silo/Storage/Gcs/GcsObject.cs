using System.Text.Json;
using System.Text.Json.Serialization;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Storage.Gcs;

/// <summary>What Cloud Storage says of an object, as far as it matters here.</summary>
internal sealed record GcsObject
{
    /// <summary>The key under which each write notes an id of its own, so that a writer whose answer was lost knows its write again.</summary>
    public const string WriteKey = "sandbox-write";

    /// <summary>The fields that answers are asked for.</summary>
    public const string Fields = "name,generation,size,timeCreated,metadata,crc32c";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    };

    public string Name { get; init; } = "";

    public string Generation { get; init; } = "";

    public long Size { get; init; }

    public DateTimeOffset TimeCreated { get; init; }

    public string? Crc32c { get; init; }

    public Dictionary<string, string>? Metadata { get; init; }

    /// <summary>The id of the write that made it, or null when something else did.</summary>
    public string? Write => Metadata?.GetValueOrDefault(WriteKey);

    public static GcsObject Parse(byte[] json) => Parse<GcsObject>(json);

    /// <summary>Reads an answer.</summary>
    /// <exception cref="GcsException">It is none of the JSON API.</exception>
    public static T Parse<T>(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Json) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new GcsException(GcsFailure.Refused, $"What answers at Gcs:Endpoint is not the JSON API of Cloud Storage: {e.Message}", e);
        }
    }

    /// <summary>What a write sends beside the bytes.</summary>
    /// <param name="name">The object.</param>
    /// <param name="metadata">Its user metadata.</param>
    /// <param name="write">The id of the write.</param>
    /// <param name="crc32c">The checksum that the bytes must have; null when it follows them.</param>
    public static byte[] Describe(string name, IReadOnlyDictionary<string, string> metadata, string write, string? crc32c) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new { name, crc32c, contentType = "application/octet-stream", metadata = metadata.Append(new(WriteKey, write)).ToDictionary(StringComparer.Ordinal) }, Json);

    /// <summary>The blob that it is.</summary>
    /// <param name="name">The blob's name, which is the end of the object's.</param>
    public BlobProperties ToBlob(string name)
    {
        var metadata = new Dictionary<string, string>(Metadata ?? [], StringComparer.Ordinal);
        metadata.Remove(WriteKey);
        return new BlobProperties(name, Generation, Size, TimeCreated, metadata);
    }
}
