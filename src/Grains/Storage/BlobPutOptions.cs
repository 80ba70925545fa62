namespace Sandbox.Grains.Storage;

/// <summary>The condition of a write, and what is kept beside the bytes.</summary>
public sealed record BlobPutOptions
{
    /// <summary>Writes whatever is there.</summary>
    public static BlobPutOptions Overwrite { get; } = new();

    /// <summary>Writes only when there is no blob of that name.</summary>
    public static BlobPutOptions Create { get; } = new() { Condition = BlobCondition.Absent };

    /// <summary>When the write takes place.</summary>
    public BlobCondition Condition { get; init; } = BlobCondition.None;

    /// <summary>User metadata: at most 2,048 bytes of keys and values together; listings return it.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Writes only over one generation.</summary>
    public static BlobPutOptions Replace(string generation) => new() { Condition = BlobCondition.Matches(generation) };
}
