using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sandbox.Silo.Snapshots.Oci;

/// <summary>What says where a blob of an image is.</summary>
internal sealed record OciDescriptor(string MediaType, string Digest, long Size)
{
    public OciPlatform? Platform { get; init; }

    public Dictionary<string, string>? Annotations { get; init; }
}

/// <summary>For which machines an image is.</summary>
internal sealed record OciPlatform(string Architecture, string Os);

/// <summary>An index, or an image's manifest: the members tell which.</summary>
internal sealed record OciManifest
{
    public int SchemaVersion { get; init; } = 2;

    public string? MediaType { get; init; }

    public OciDescriptor? Config { get; init; }

    public IReadOnlyList<OciDescriptor>? Layers { get; init; }

    public IReadOnlyList<OciDescriptor>? Manifests { get; init; }
}

/// <summary>An image's configuration, as far as it says what the files are and how programs are started.</summary>
internal sealed record OciConfig(string Architecture, string Os, OciRootFiles Rootfs)
{
    public DateTimeOffset? Created { get; init; }

    public IReadOnlyList<OciHistory>? History { get; init; }

    /// <summary>What it says of programs.</summary>
    [JsonPropertyName("config")]
    public OciProgramConfig? Programs { get; init; }
}

/// <summary>The diff ids of an image's layers, lowest first.</summary>
internal sealed record OciRootFiles(
    [property: JsonPropertyName("type")] string Type, [property: JsonPropertyName("diff_ids")] IReadOnlyList<string> DiffIds);

/// <summary>What a layer comes from: tools want one for each.</summary>
internal sealed record OciHistory(
    [property: JsonPropertyName("created")] DateTimeOffset Created, [property: JsonPropertyName("created_by")] string CreatedBy);

/// <summary>The names and the JSON of the OCI image layout, version 1.0.</summary>
internal static class OciForm
{
    public const string LayoutFile = "oci-layout";
    public const string IndexFile = "index.json";
    public const string BlobDirectory = "blobs/sha256/";
    public const string Index = "application/vnd.oci.image.index.v1+json";
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    public const string Config = "application/vnd.oci.image.config.v1+json";
    public const string Layer = "application/vnd.oci.image.layer.v1.tar";
    public const string NameAnnotation = "org.opencontainers.image.ref.name";

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };
}
