using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sandboxes.Wire;

/// <summary>What calls about a sandbox take.</summary>
internal sealed record SandboxRequest(string Id, string? Token);

/// <summary>What calls about checkpoints take; each uses its part.</summary>
internal sealed record CheckpointRequest(string Id, string? Token)
{
    public string? CheckpointId { get; init; }

    public string? Label { get; init; }

    public int? Count { get; init; }

    public bool? Cold { get; init; }
}

/// <summary>What calls about a process take; each uses its part.</summary>
internal sealed record ProcessRequest(string SandboxId, string? Token, string? ProcessId)
{
    public long? Offset { get; init; }

    public ReadOnlyMemory<byte>? Data { get; init; }

    public double? Timeout { get; init; }

    public object? Signal { get; init; }

    public bool? Group { get; init; }

    public int? Rows { get; init; }

    public int? Cols { get; init; }
}

internal sealed record CreateRequest(string Id)
{
    public string? Token { get; init; }

    public string? Template { get; init; }

    public string? Start { get; init; }

    public string? Snapshot { get; init; }

    public IReadOnlyDictionary<string, string>? Env { get; init; }

    public string? Cwd { get; init; }

    public SandboxUser? User { get; init; }

    public long? MemoryBytes { get; init; }

    public long? DiskBytes { get; init; }

    public int? Processes { get; init; }

    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? IdleTimeout { get; init; }

    public IdleAction? OnIdle { get; init; }

    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? Lifetime { get; init; }

    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? CheckpointInterval { get; init; }

    public int? KeepCheckpoints { get; init; }

    public bool KeepFiles { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public bool KeepAlive { get; init; }
}

internal sealed record SnapshotRequest(string Name)
{
    public string? Id { get; init; }

    public string? Token { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public bool Overwrite { get; init; }

    public bool Consistent { get; init; }

    public bool Cascade { get; init; }

    public string? To { get; init; }
}

internal sealed record TemplateRequest(string Name)
{
    public JsonElement? Recipe { get; init; }

    public string? Upload { get; init; }

    public bool? Rebuild { get; init; }

    public long? Offset { get; init; }

    public ReadOnlyMemory<byte>? Data { get; init; }
}

internal sealed record ListRequest(string? After, int? Limit, IReadOnlyDictionary<string, string>? Labels);

internal sealed record StartRequest(string SandboxId, string? Token, string ProcessId)
{
    public IReadOnlyList<string>? Argv { get; init; }

    public string? Language { get; init; }

    public string? Code { get; init; }

    public IReadOnlyDictionary<string, string>? Env { get; init; }

    public string? Cwd { get; init; }

    public SandboxUser? User { get; init; }

    public bool Stdin { get; init; }

    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? Timeout { get; init; }

    public TerminalOptions? Terminal { get; init; }

    public FullLogPolicy? OnFull { get; init; }

    public long Epoch { get; init; }

    public long Timeline { get; init; }
}

internal sealed record ReadOutputRequest(string SandboxId, string? Token, string ProcessId, string ReadId, string Channel, long? Timeline, long Offset, bool Follow);

internal sealed record AckRequest(string ReadId, long Offset, long? Timeline);

internal sealed record ReadEventsRequest(string SandboxId, string? Token, long Since, bool Follow);
