using System.Text.Json;
using System.Text.Json.Serialization;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Checkpoints;

/// <summary>What a checkpoint is: everything a host must know before runsc reads a byte of it.</summary>
internal sealed record CheckpointManifest
{
    /// <summary>The newest form that this version reads.</summary>
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The form.</summary>
    public required int Version { get; init; }

    /// <summary>The sandbox's key, <c>{owner}/{id}</c>.</summary>
    public required string Sandbox { get; init; }

    /// <summary>The checkpoint's id.</summary>
    public required string Id { get; init; }

    /// <summary>The checkpoint that it grew from, of the same sandbox.</summary>
    public string? Parent { get; init; }

    /// <summary>For the first one of a fork: what it is a copy of.</summary>
    public CheckpointOrigin? Origin { get; init; }

    /// <summary>When it was made, by the clock of the host that made it.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <inheritdoc cref="CheckpointDraft.Label"/>
    public required string Label { get; init; }

    /// <inheritdoc cref="CheckpointDraft.Kind"/>
    public required CheckpointKind Kind { get; init; }

    /// <inheritdoc cref="CheckpointDraft.RunscVersion"/>
    public required string RunscVersion { get; init; }

    /// <inheritdoc cref="CheckpointDraft.Platform"/>
    public required string Platform { get; init; }

    /// <inheritdoc cref="CheckpointDraft.CpuFeatures"/>
    public required IReadOnlyList<string> CpuFeatures { get; init; }

    /// <inheritdoc cref="CheckpointDraft.Template"/>
    public required LayerDigest Template { get; init; }

    /// <inheritdoc cref="CheckpointDraft.Layers"/>
    public required IReadOnlyList<LayerDescriptor> Layers { get; init; }

    /// <inheritdoc cref="CheckpointDraft.Files"/>
    public LayerDescriptor? Files { get; init; }

    /// <inheritdoc cref="CheckpointDraft.Agent"/>
    public required LayerDigest Agent { get; init; }

    /// <inheritdoc cref="CheckpointDraft.MemoryBytes"/>
    public required long MemoryBytes { get; init; }

    /// <inheritdoc cref="CheckpointDraft.DiskBytes"/>
    public required long DiskBytes { get; init; }

    /// <inheritdoc cref="CheckpointDraft.Epoch"/>
    public required long Epoch { get; init; }

    /// <inheritdoc cref="CheckpointDraft.Timeline"/>
    public required long Timeline { get; init; }

    /// <summary>The files, in the order of their names.</summary>
    public required IReadOnlyList<CheckpointPart> Parts { get; init; }

    /// <summary>What stays in the store as long as the checkpoint does: its parts, the layers of its owner that it stands on, and its files as a layer.</summary>
    [JsonIgnore]
    public IEnumerable<CheckpointPart> Kept => Parts.Concat(OwnLayers).DistinctBy(part => part.Digest);

    /// <summary>All layers of its owner.</summary>
    [JsonIgnore]
    public IEnumerable<CheckpointPart> OwnLayers =>
        Layers.Append(Files).OfType<LayerDescriptor>().Where(layer => layer.Owner is not null).Select(layer => new CheckpointPart(layer.Digest.Hex, layer.Size, layer.Digest));

    /// <summary>Bytes of all parts together, and of the files as a layer.</summary>
    public required long Size { get; init; }

    /// <inheritdoc cref="CheckpointDraft.UncompressedBytes"/>
    public required long UncompressedBytes { get; init; }

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, _json);

    /// <summary>Reads bytes whose signature is right.</summary>
    /// <exception cref="CheckpointRefusedException">They are of a later version, or no manifest.</exception>
    public static CheckpointManifest Parse(ReadOnlySpan<byte> json, string name)
    {
        try
        {
            // The version before all else: a later one may have any form.
            var version = JsonSerializer.Deserialize<Versioned>(json, _json)!.Version;
            if (version > CurrentVersion)
            {
                throw new CheckpointRefusedException(
                    CheckpointRefusalKind.TooNew,
                    $"The checkpoint {name} has version {version}, and this server reads up to {CurrentVersion}. Use the server that made it, or a newer one.");
            }

            return JsonSerializer.Deserialize<CheckpointManifest>(json, _json) ?? throw new JsonException("It is null.");
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            throw new CheckpointRefusedException(
                CheckpointRefusalKind.Damaged, $"The manifest of the checkpoint {name} cannot be read: {exception.Message} Use an older checkpoint.", exception);
        }
    }

    private sealed record Versioned(int Version);
}
