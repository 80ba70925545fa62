using System.Globalization;
using System.Text.Json;
using Sandbox.Grains.Snapshots;
using Sandbox.Grains.Templates;
using Sandbox.Silo.Checkpoints;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Snapshots;

/// <summary>What the blob store says of a snapshot, under <c>{owner}/snapshots/{name}</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Tells it from others that had the name before; of the form of a checkpoint's id.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Layers">All that it is, lowest first: its template's layer, or an imported one.</param>
/// <param name="Parent">The snapshot that its sandbox was started from, or null.</param>
/// <param name="ParentId">That one's id.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Template">What makes it a template; null of one that is none.</param>
internal sealed record SnapshotRecord(
    string Name, string Id, DateTimeOffset Created, IReadOnlyList<LayerDescriptor> Layers, string? Parent, string? ParentId,
    IReadOnlyDictionary<string, string> Labels, TemplateConfiguration? Template = null)
{
    /// <summary>The member of the metadata that a template's recipe hash is in; only templates have it.</summary>
    public const string Recipe = "recipe";

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>What the snapshots of an owner are called.</summary>
    public static string Prefix(string owner) => $"{owner}/snapshots/";

    /// <summary>Bytes of its layers in the store, without the template's.</summary>
    public long Bytes => Layers.Where(layer => layer.Owner is not null).Sum(layer => layer.Size);

    /// <summary>What keeps its layers in the store.</summary>
    public LayerHolder Holder => LayerHolder.OfSnapshot(Name, Id);

    /// <summary>The stored form.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, _json);

    /// <summary>Reads the stored form.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static async Task<SnapshotRecord> ReadAsync(Stream content, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<SnapshotRecord>(content, _json, cancellationToken) is { Layers.Count: > 0 } record
                ? record
                : throw new JsonException("It has no layers.");
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new InvalidDataException($"The record of the snapshot is damaged: {e.Message}", e);
        }
    }

    /// <summary>What a listing shows of it: at most 1,800 bytes.</summary>
    public Dictionary<string, string> ToMetadata()
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["id"] = Id,
            ["created"] = Created.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            ["bytes"] = Bytes.ToString(CultureInfo.InvariantCulture),
            ["layers"] = Layers.Count.ToString(CultureInfo.InvariantCulture),
        };
        if (Parent is not null) (metadata["parent"], metadata["parent-id"]) = (Parent, ParentId!);
        if (Template is not null) metadata[Recipe] = Template.RecipeHash;
        if (Labels.Count > 0) metadata["labels"] = JsonSerializer.Serialize(Labels);
        return metadata;
    }

    /// <summary>The description of a listed snapshot with its id and its parent's; null when it is none.</summary>
    public static (SnapshotDescription Description, string Id, string? ParentId)? ReadListed(string name, IReadOnlyDictionary<string, string> metadata) =>
        metadata.GetValueOrDefault("id") is { } id && CheckpointId.IsValid(id)
        && long.TryParse(metadata.GetValueOrDefault("created"), NumberStyles.None, CultureInfo.InvariantCulture, out var created)
        && long.TryParse(metadata.GetValueOrDefault("bytes"), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
        && int.TryParse(metadata.GetValueOrDefault("layers"), NumberStyles.None, CultureInfo.InvariantCulture, out var layers)
            ? (new SnapshotDescription
            {
                Name = name,
                Created = DateTimeOffset.FromUnixTimeMilliseconds(created),
                Bytes = bytes,
                LayerCount = layers,
                Parent = metadata.GetValueOrDefault("parent"),
                IsTemplate = metadata.ContainsKey(Recipe),
                Labels = JsonSerializer.Deserialize<Dictionary<string, string>>(metadata.GetValueOrDefault("labels", "{}"))!,
            }, id, metadata.GetValueOrDefault("parent-id"))
            : null;

    /// <summary>All that clients see of it.</summary>
    public SnapshotDescription Describe() => new()
    {
        Name = Name,
        Created = Created,
        Bytes = Bytes,
        LayerCount = Layers.Count,
        Parent = Parent,
        IsTemplate = Template is not null,
        Template = Template,
        Labels = new Dictionary<string, string>(Labels, StringComparer.Ordinal),
        Layers =
        [
            .. Layers.Select(layer => new SnapshotLayer
            {
                Digest = layer.Digest.ToString(),
                DiffId = layer.DiffId.ToString(),
                Bytes = layer.Size,
                UnpackedBytes = layer.UnpackedSize,
            }),
        ],
    };
}
