namespace Sandbox.Grains.Files;

/// <summary>What is done to a path at once.</summary>
[GenerateSerializer, Immutable, Alias("file-change")]
public sealed record FileChange
{
    /// <summary>What.</summary>
    [Id(0)] public required FileChangeKind Kind { get; init; }

    /// <summary>The absolute path, without NUL.</summary>
    [Id(1)] public required byte[] Path { get; init; }

    /// <summary>Of a rename or copy: the new path.</summary>
    [Id(2)] public byte[]? To { get; init; }

    /// <summary>Permissions, 0 to 07777; of a new directory null for 0755.</summary>
    [Id(3)] public int? Mode { get; init; }

    /// <summary>Whether missing directories above are made; of a directory also: whether it may be there.</summary>
    [Id(4)] public bool Parents { get; init; }

    /// <summary>Of a removal or copy: whether directories go with all they hold.</summary>
    [Id(5)] public bool Recursive { get; init; }

    /// <summary>Of a removal: whether it is as well when there is nothing.</summary>
    [Id(6)] public bool MissingIsFine { get; init; }

    /// <summary>Of a rename or copy: whether what has the new name stays, which is an error then.</summary>
    [Id(7)] public bool KeepExisting { get; init; }

    /// <summary>Whether it is done as root; null for as the sandbox says.</summary>
    [Id(8)] public bool? Root { get; init; }
}

/// <summary>The kinds of changes.</summary>
[GenerateSerializer, Alias("file-change-kind")]
public enum FileChangeKind
{
    /// <summary>Makes a directory.</summary>
    MakeDirectory = 1,

    /// <summary>Gives a new name, in one step.</summary>
    Rename = 2,

    /// <summary>Copies a file, a link, or a directory.</summary>
    Copy = 3,

    /// <summary>Removes.</summary>
    Remove = 4,

    /// <summary>Sets the permissions.</summary>
    ChangeMode = 5,
}

/// <summary>What became of a change.</summary>
[GenerateSerializer, Immutable, Alias("file-changed")]
public sealed record FileChanged
{
    /// <summary>What is at the (new) path now; null after a removal.</summary>
    [Id(0)] public FileEntry? Entry { get; init; }
}
