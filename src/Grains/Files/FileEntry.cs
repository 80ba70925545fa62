namespace Sandbox.Grains.Files;

/// <summary>A file, directory or other entry as it was found.</summary>
[GenerateSerializer, Immutable, Alias("file-entry")]
public sealed record FileEntry
{
    /// <summary>Its absolute path, in the bytes that the guest has: mostly UTF-8.</summary>
    [Id(0)] public required byte[] Path { get; init; }

    /// <summary>What it is.</summary>
    [Id(1)] public required FileType Type { get; init; }

    /// <summary>Its permissions, 0 to 07777.</summary>
    [Id(2)] public required int Mode { get; init; }

    /// <summary>Its owner.</summary>
    [Id(3)] public required uint Uid { get; init; }

    /// <summary>Its group.</summary>
    [Id(4)] public required uint Gid { get; init; }

    /// <summary>Bytes.</summary>
    [Id(5)] public required long Size { get; init; }

    /// <summary>When its content changed last, to the millisecond.</summary>
    [Id(6)] public required DateTimeOffset Modified { get; init; }

    /// <summary>Tells this state of the file from every other: another one when its content or its rights have changed, or another file has the path.</summary>
    [Id(7)] public required string Tag { get; init; }

    /// <summary>Where a link leads, or null.</summary>
    [Id(8)] public byte[]? Target { get; init; }
}
