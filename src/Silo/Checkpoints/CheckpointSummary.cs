using System.Globalization;
using Sandbox.Grains.Storage;

namespace Sandbox.Silo.Checkpoints;

/// <summary>What a listing says of a checkpoint. It is not signed: for showing and for tidying, not for restoring.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Parent">The one it grew from.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Size">Bytes of its parts.</param>
/// <param name="Label">Its label.</param>
/// <param name="Kind">Why it was made.</param>
/// <param name="Files">Whether its files lie beside it as a layer.</param>
internal sealed record CheckpointSummary(string Id, string? Parent, DateTimeOffset Created, long Size, string Label, CheckpointKind Kind, bool Files = false)
{
    /// <summary>A manifest's metadata: ASCII, at most 1,300 bytes.</summary>
    public static Dictionary<string, string> Write(CheckpointManifest manifest)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["created"] = manifest.Created.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            ["size"] = manifest.Size.ToString(CultureInfo.InvariantCulture),
            ["kind"] = manifest.Kind.ToString(),
        };
        if (manifest.Parent is { } parent) metadata["parent"] = parent;
        if (manifest.Files is not null) metadata["files"] = "1";
        if (manifest.Label.Length > 0) metadata["label"] = Uri.EscapeDataString(manifest.Label);
        return metadata;
    }

    /// <summary>Reads a listed blob; null when it is no checkpoint, or one that was never finished.</summary>
    public static CheckpointSummary? Read(string id, BlobProperties blob) =>
        CheckpointId.IsValid(id)
        && long.TryParse(blob.Metadata.GetValueOrDefault("created"), NumberStyles.None, CultureInfo.InvariantCulture, out var created)
        && long.TryParse(blob.Metadata.GetValueOrDefault("size"), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
        && Enum.TryParse<CheckpointKind>(blob.Metadata.GetValueOrDefault("kind"), out var kind)
            ? new CheckpointSummary(
                id, blob.Metadata.GetValueOrDefault("parent"), DateTimeOffset.FromUnixTimeMilliseconds(created), size,
                Uri.UnescapeDataString(blob.Metadata.GetValueOrDefault("label", "")), kind, blob.Metadata.ContainsKey("files"))
            : null;
}
