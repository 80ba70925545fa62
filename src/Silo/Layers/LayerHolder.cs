namespace Sandbox.Silo.Layers;

/// <summary>
/// What keeps an owner's layers in the store, in the form in which checkpoints keep their parts: a reference for each. A checkpoint keeps the layers
/// of its sandbox as it keeps its parts.
/// </summary>
/// <param name="Name">No sandbox's id: those hold no <c>=</c>.</param>
/// <param name="Id">Of the form of a checkpoint's.</param>
internal sealed record LayerHolder(string Name, string Id)
{
    /// <summary>What the names of snapshots begin with here.</summary>
    public const string Snapshots = "snapshot=";

    /// <summary>What the names of sandboxes that were started from snapshots begin with here.</summary>
    public const string Sandboxes = "sandbox=";

    /// <summary>A snapshot.</summary>
    public static LayerHolder OfSnapshot(string name, string id) => new(Snapshots + name, id);

    /// <summary>A sandbox that was started from a snapshot, as long as there is one of that id.</summary>
    /// <param name="sandbox">Its id.</param>
    /// <param name="snapshotId">The snapshot's id.</param>
    public static LayerHolder OfSandbox(string sandbox, string snapshotId) => new(Sandboxes + sandbox, snapshotId);

    /// <summary>The sandbox of such a holder's name; null of another's.</summary>
    public static string? SandboxOf(string name) => name.StartsWith(Sandboxes, StringComparison.Ordinal) ? name[Sandboxes.Length..] : null;

    /// <summary>Whether a name is one of these, and no sandbox's whose checkpoint has the part.</summary>
    public static bool IsName(string name) => name.Contains('=', StringComparison.Ordinal);
}
