namespace Sandboxes;

/// <summary>A file, directory or other entry as it was found.</summary>
public sealed record FileEntry
{
    /// <summary>Its absolute path; where it is no UTF-8, with U+FFFD in place of what is not.</summary>
    public required string Path { get; init; }

    /// <summary>The path's bytes, where <see cref="Path"/> does not say them.</summary>
    public byte[]? PathBytes { get; init; }

    /// <summary><c>file</c>, <c>directory</c>, <c>link</c>, <c>fifo</c>, <c>socket</c> or <c>other</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Permissions as octal text, such as <c>0644</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Its owner.</summary>
    public long Uid { get; init; }

    /// <summary>Its group.</summary>
    public long Gid { get; init; }

    /// <summary>Bytes.</summary>
    public long Size { get; init; }

    /// <summary>When its content changed last.</summary>
    public DateTimeOffset Modified { get; init; }

    /// <summary>Tells this state of the file from every other.</summary>
    public required string Tag { get; init; }

    /// <summary>Where a link leads.</summary>
    public string? Target { get; init; }
}
