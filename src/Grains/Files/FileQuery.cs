namespace Sandbox.Grains.Files;

/// <summary>What a stream of <see cref="FileItem"/>s is to tell.</summary>
[GenerateSerializer, Immutable, Alias("file-query")]
public sealed record FileQuery
{
    /// <summary>The most entries or lines that a query answers.</summary>
    public const int MostFound = 100_000;

    /// <summary>Which.</summary>
    [Id(0)] public required FileQueryKind Kind { get; init; }

    /// <summary>The absolute path that it is about, without NUL.</summary>
    [Id(1)] public required byte[] Path { get; init; }

    /// <summary>Of a reading: the first byte's offset.</summary>
    [Id(2)] public long Offset { get; init; }

    /// <summary>Of a reading: how many bytes, or null for all.</summary>
    [Id(3)] public long? Length { get; init; }

    /// <summary>Of a reading: only when the file still has this <see cref="FileEntry.Tag"/>.</summary>
    [Id(4)] public string? Tag { get; init; }

    /// <summary>Of a listing: how many levels, 0 for the path's own entry.</summary>
    [Id(5)] public int Depth { get; init; } = 1;

    /// <summary>How many entries or lines at most, up to <see cref="MostFound"/>.</summary>
    [Id(6)] public int Most { get; init; } = 10_000;

    /// <summary>Of a glob: the pattern, against paths below <see cref="Path"/>. Of a search: the text.</summary>
    [Id(7)] public byte[] Pattern { get; init; } = [];

    /// <summary>Of a search: whether the text is an extended regular expression (POSIX).</summary>
    [Id(8)] public bool Expression { get; init; }

    /// <summary>Of a search: whether case does not matter.</summary>
    [Id(9)] public bool AnyCase { get; init; }

    /// <summary>Of a watch: whether the directories below are watched too.</summary>
    [Id(10)] public bool Recursive { get; init; }

    /// <summary>Whether it is done as root; null for as the sandbox says.</summary>
    [Id(11)] public bool? Root { get; init; }
}

/// <summary>The kinds of queries.</summary>
[GenerateSerializer, Alias("file-query-kind")]
public enum FileQueryKind
{
    /// <summary>A file's entry and its bytes.</summary>
    Read = 0,

    /// <summary>Entries.</summary>
    List = 1,

    /// <summary>Entries whose paths match a pattern.</summary>
    Glob = 2,

    /// <summary>Lines that hold a text.</summary>
    Search = 3,

    /// <summary>What changes, as it happens.</summary>
    Watch = 4,

    /// <summary>A directory as a tar archive.</summary>
    Pack = 5,
}
