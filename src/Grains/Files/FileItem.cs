using Sandbox.Grains.Sandboxes;

namespace Sandbox.Grains.Files;

/// <summary>One thing that a <see cref="FileQuery"/> answers. The last one is a <see cref="FileEnd"/> or a <see cref="FileFailure"/>.</summary>
[GenerateSerializer, Immutable, Alias("file-item")]
public abstract record FileItem;

/// <summary>An entry: the first item of a reading, and every one of a listing.</summary>
[GenerateSerializer, Immutable, Alias("file-found")]
public sealed record FileFound : FileItem
{
    /// <summary>It.</summary>
    [Id(0)] public required FileEntry Entry { get; init; }
}

/// <summary>Bytes of a file or an archive.</summary>
[GenerateSerializer, Immutable, Alias("file-data")]
public sealed record FileData : FileItem
{
    /// <summary>The first byte's offset.</summary>
    [Id(0)] public required long Offset { get; init; }

    /// <summary>1 to 65,536 bytes.</summary>
    [Id(1)] public required byte[] Data { get; init; }
}

/// <summary>A line in which a text was found.</summary>
[GenerateSerializer, Immutable, Alias("file-match")]
public sealed record FileMatch : FileItem
{
    /// <summary>The file's absolute path.</summary>
    [Id(0)] public required byte[] Path { get; init; }

    /// <summary>The line's number, from 1.</summary>
    [Id(1)] public required long Line { get; init; }

    /// <summary>Its first 1,000 bytes.</summary>
    [Id(2)] public required byte[] Text { get; init; }
}

/// <summary>Something happened in a directory that is watched.</summary>
[GenerateSerializer, Immutable, Alias("file-happened")]
public sealed record FileHappened : FileItem
{
    /// <summary>What.</summary>
    [Id(0)] public required FileHappening Happening { get; init; }

    /// <summary>The absolute path of what it happened to.</summary>
    [Id(1)] public required byte[] Path { get; init; }

    /// <summary>Whether that is a directory.</summary>
    [Id(2)] public required bool IsDirectory { get; init; }

    /// <summary>The same of both halves of a move, else 0.</summary>
    [Id(3)] public uint Move { get; init; }
}

/// <summary>The end.</summary>
[GenerateSerializer, Immutable, Alias("file-end")]
public sealed record FileEnd : FileItem
{
    /// <summary>Whether something was left out: more than was asked for, too deep, not readable.</summary>
    [Id(0)] public bool Cut { get; init; }
}

/// <summary>Why there is no more.</summary>
[GenerateSerializer, Immutable, Alias("file-failure")]
public sealed record FileFailure : FileItem
{
    /// <summary>The reason.</summary>
    [Id(0)] public required SandboxError Error { get; init; }
}
