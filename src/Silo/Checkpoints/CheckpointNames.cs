using Sandbox.Grains.Holding;
using Sandbox.Silo.Layers;

namespace Sandbox.Silo.Checkpoints;

/// <summary>The names of checkpoints' blobs.</summary>
internal static class CheckpointNames
{
    /// <summary>Manifests of all sandboxes of an owner.</summary>
    public static string Manifests(string owner) => $"{owner}/checkpoints/";

    /// <summary>Manifests of a sandbox.</summary>
    public static string Manifests(SandboxKey key) => $"{key.Owner}/checkpoints/{key.Id}/";

    public static string Manifest(SandboxKey key, string id) => Manifests(key) + CheckpointId.Check(id);

    public static string Parts(string owner) => $"{owner}/parts/";

    public static string Part(string owner, LayerDigest digest) => $"{Parts(owner)}sha256-{digest.Hex}";

    public static string References(string owner) => $"{owner}/part-references/";

    public static string References(string owner, LayerDigest digest) => $"{References(owner)}sha256-{digest.Hex}/";

    public static string Reference(string owner, LayerDigest digest, string sandbox, string id) => $"{References(owner, digest)}{sandbox}.{id}";

    public static string Condemnations(string owner) => $"{owner}/condemned-parts/";

    public static string Condemned(string owner, LayerDigest digest) => $"{Condemnations(owner)}sha256-{digest.Hex}";

    /// <summary>Reads the last segment of a part's or a condemnation's name.</summary>
    public static LayerDigest? Digest(string segment)
    {
        try
        {
            return LayerDigest.Parse(segment.Replace("sha256-", "sha256:", StringComparison.Ordinal));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
