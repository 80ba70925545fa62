namespace Sandboxes;

/// <summary>How far a transfer is.</summary>
/// <param name="Done">Bytes so far, from the file's beginning.</param>
/// <param name="Total">Bytes in all, or null where that is not known.</param>
public readonly record struct FileProgress(long Done, long? Total);

/// <summary>How a file is read.</summary>
public sealed record FileReadOptions
{
    /// <summary>The first byte.</summary>
    public long Offset { get; init; }

    /// <summary>How many bytes, or null for all.</summary>
    public long? Length { get; init; }

    /// <summary>Fails with <c>changed</c> unless the file has this <see cref="FileEntry.Tag"/>: for a reading that goes on where another stopped.</summary>
    public string? Tag { get; init; }

    /// <summary>Who reads; null for as the sandbox says.</summary>
    public SandboxUser? User { get; init; }

    /// <summary>Told after each piece, on any thread.</summary>
    public Action<FileProgress>? Progress { get; init; }
}

/// <summary>How a file is written.</summary>
public sealed record FileWriteOptions
{
    /// <summary>Permissions as octal text; null for those of the file before, or 0644.</summary>
    public string? Mode { get; init; }

    /// <summary>The owner, which only root can give.</summary>
    public long? Uid { get; init; }

    /// <summary>The group, likewise.</summary>
    public long? Gid { get; init; }

    /// <summary>Whether missing directories above it are made.</summary>
    public bool Parents { get; init; }

    /// <summary>Whether what has the name stays, which is an error then.</summary>
    public bool KeepExisting { get; init; }

    /// <summary>Who writes; null for as the sandbox says.</summary>
    public SandboxUser? User { get; init; }

    /// <summary>The upload's id: the same one goes on where an earlier try stopped. Null for one that nobody has used.</summary>
    public string? Upload { get; init; }

    /// <summary>With <see cref="Upload"/>: where the content that is given begins. An error <c>other_offset</c> says where the upload is.</summary>
    public long Offset { get; init; }

    /// <summary>Told after each part, on any thread.</summary>
    public Action<FileProgress>? Progress { get; init; }
}

/// <summary>How a file or directory is copied or renamed.</summary>
public sealed record FileMoveOptions
{
    /// <summary>Whether missing directories above the new path are made.</summary>
    public bool Parents { get; init; }

    /// <summary>Of a copy: whether directories go with all they hold.</summary>
    public bool Recursive { get; init; }

    /// <summary>Whether what has the new name stays, which is an error then.</summary>
    public bool KeepExisting { get; init; }

    /// <summary>Who does it; null for as the sandbox says.</summary>
    public SandboxUser? User { get; init; }
}
