namespace Sandboxes.Wire;

/// <summary>What calls about files take; each uses its part.</summary>
internal sealed record FileRequest(string SandboxId, string? Token)
{
    public string? Path { get; init; }

    public string? To { get; init; }

    public string? Query { get; init; }

    public string? Change { get; init; }

    public SandboxUser? User { get; init; }

    public string? Mode { get; init; }

    public bool? Parents { get; init; }

    public bool? Recursive { get; init; }

    public bool? MissingIsFine { get; init; }

    public bool? KeepExisting { get; init; }

    public int? Depth { get; init; }

    public int? Limit { get; init; }

    public string? Pattern { get; init; }

    public string? Text { get; init; }

    public bool? Expression { get; init; }

    public bool? AnyCase { get; init; }
}

internal sealed record FileAnswer(FileEntry? Entry);

internal sealed record WrittenAnswer(long Offset, FileEntry? Entry);

/// <summary>An item of a query.</summary>
internal sealed record FileItem
{
    public string Type { get; init; } = "";

    public FileEntry? Entry { get; init; }

    public string? Path { get; init; }

    public long? Line { get; init; }

    public string? Text { get; init; }

    public bool? Directory { get; init; }

    public long? Move { get; init; }

    public bool? Cut { get; init; }
}
