namespace Sandboxes.Wire;

internal sealed record SandboxAnswer(SandboxInfo Sandbox);

internal sealed record CreatedAnswer(SandboxInfo Sandbox, string? Token, bool Created);

internal sealed record CheckpointAnswer(Checkpoint Checkpoint);

internal sealed record ForkAnswer(IReadOnlyList<CreatedAnswer> Sandboxes);

internal sealed record SnapshotAnswer(Snapshot Snapshot);

internal sealed record SnapshotListAnswer(IReadOnlyList<Snapshot> Snapshots, string? Next);

internal sealed record TemplateAnswer(Template Template);

internal sealed record TemplateListAnswer(IReadOnlyList<Template> Templates, string? Next);

internal sealed record TemplateUploadAnswer(string Upload, long Bytes);

/// <summary>An item of a build.</summary>
internal sealed record TemplateItem
{
    public string Type { get; init; } = "";

    public int? Step { get; init; }

    public int? Steps { get; init; }

    public string? Command { get; init; }

    public string? Channel { get; init; }

    public byte[]? Data { get; init; }

    public Template? Template { get; init; }

    public bool Cached { get; init; }

    public IReadOnlyList<string>? LeftOut { get; init; }
}

internal sealed record ListAnswer(IReadOnlyList<SandboxInfo> Sandboxes, string? Next);

internal sealed record ProcessAnswer(ProcessInfo Process);

internal sealed record StartedAnswer(ProcessInfo Process, bool Known);

internal sealed record ProcessListAnswer(IReadOnlyList<ProcessInfo> Processes);

internal sealed record InputAnswer(long Offset);

/// <summary>An item of an output log.</summary>
internal sealed record OutputItem
{
    public string Type { get; init; } = "";

    public long Timeline { get; init; }

    public long Offset { get; init; }

    public byte[]? Data { get; init; }

    public long From { get; init; }

    public long To { get; init; }

    public long LostBytes { get; init; }
}
