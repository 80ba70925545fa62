namespace Sandbox.CloudStorage;

/// <summary>One generation of an object.</summary>
public sealed record StoredObject(string Name, byte[] Bytes, long Generation, DateTimeOffset Created, string ContentType, IReadOnlyDictionary<string, string> Metadata)
{
    public string Crc32C { get; } = Checksums.Crc32C(Bytes);

    public string Md5 { get; } = Checksums.Md5(Bytes);

    /// <summary>As the JSON API shows it.</summary>
    internal object Describe(string bucket) => new
    {
        kind = "storage#object",
        id = $"{bucket}/{Name}/{Generation}",
        name = Name,
        bucket,
        generation = $"{Generation}",
        metageneration = "1",
        contentType = ContentType,
        size = $"{Bytes.Length}",
        md5Hash = Md5,
        crc32c = Crc32C,
        etag = Convert.ToBase64String(BitConverter.GetBytes(Generation)),
        timeCreated = $"{Created.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}",
        updated = $"{Created.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}",
        storageClass = "STANDARD",
        metadata = Metadata.Count == 0 ? null : Metadata,
    };
}
