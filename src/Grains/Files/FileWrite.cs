namespace Sandbox.Grains.Files;

/// <summary>
/// A part of a file that is written. Parts of one upload are sent one after another; each is taken once however often it is sent. The last one puts the
/// file in its place at once; until then the path has what it had.
/// </summary>
[GenerateSerializer, Immutable, Alias("file-write")]
public sealed record FileWrite
{
    /// <summary>The most bytes of a part.</summary>
    public const int MostBytes = 2 << 20;

    /// <summary>The file's absolute path, without NUL.</summary>
    [Id(0)] public required byte[] Path { get; init; }

    /// <summary>The upload's id, 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>; null: the bytes are appended to the file.</summary>
    [Id(1)] public string? Upload { get; init; }

    /// <summary>Where the part begins. When appending: how long the file is expected to be, or null for however long.</summary>
    [Id(2)] public long? Offset { get; init; }

    /// <summary>Whether it is the last part.</summary>
    [Id(3)] public bool Finish { get; init; }

    /// <summary>Throws the upload away instead.</summary>
    [Id(4)] public bool Abandon { get; init; }

    /// <summary>Permissions, 0 to 07777; null for those of the file before, or 0644.</summary>
    [Id(5)] public int? Mode { get; init; }

    /// <summary>The owner, which only root can give away; null for whoever writes.</summary>
    [Id(6)] public uint? Uid { get; init; }

    /// <summary>The group, likewise.</summary>
    [Id(7)] public uint? Gid { get; init; }

    /// <summary>Whether missing directories above it are made.</summary>
    [Id(8)] public bool Parents { get; init; }

    /// <summary>Whether what has the name already stays, which is an error then.</summary>
    [Id(9)] public bool KeepExisting { get; init; }

    /// <summary>Whether it is done as root; null for as the sandbox says.</summary>
    [Id(10)] public bool? Root { get; init; }

    /// <summary>Whether the parts are those of a tar archive, which is unpacked into the path as they come.</summary>
    [Id(11)] public bool Unpack { get; init; }
}

/// <summary>What became of a part.</summary>
[GenerateSerializer, Immutable, Alias("file-written")]
public sealed record FileWritten
{
    /// <summary>The end of what was taken.</summary>
    [Id(0)] public required long Offset { get; init; }

    /// <summary>The file, once it is in its place.</summary>
    [Id(1)] public FileEntry? Entry { get; init; }

    /// <summary>How many entries were unpacked, at the end of an archive.</summary>
    [Id(2)] public long? Entries { get; init; }
}
