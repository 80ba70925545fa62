using System.Text.Json;
using System.Text.Json.Serialization;
using Sandbox.Grains.Sandboxes.Life;

namespace Sandbox.Grains.Sandboxes.Lists;

/// <summary>
/// A sandbox's description as its record's blob metadata: one entry of ASCII JSON, so that a list needs no reads. It always fits: the parts
/// without a natural bound are bounded at creation. Left out are the environment, and when the sandbox ends by idleness, which changes with
/// every call; a reason is cut where it is long.
/// </summary>
internal sealed record SandboxMetadata
{
    /// <summary>Bytes of all labels together.</summary>
    public const int MostLabels = 1024;

    /// <summary>Bytes of the template's name.</summary>
    public const int MostTemplate = 128;

    private const int MostReason = 256;
    private const string Entry = "sandbox";

    // Escapes what is not ASCII.
    private static readonly JsonSerializerOptions Compact = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    [JsonPropertyName("s")] public int Status { get; init; }

    [JsonPropertyName("r")] public string? Reason { get; init; }

    [JsonPropertyName("t")] public required string Template { get; init; }

    [JsonPropertyName("x")] public string? Snapshot { get; init; }

    [JsonPropertyName("y")] public string? Start { get; init; }

    [JsonPropertyName("d")] public required string Directory { get; init; }

    [JsonPropertyName("u")] public bool Root { get; init; }

    [JsonPropertyName("m")] public long MemoryBytes { get; init; }

    [JsonPropertyName("k")] public long DiskBytes { get; init; }

    [JsonPropertyName("p")] public int Processes { get; init; }

    [JsonPropertyName("i")] public long? IdleTicks { get; init; }

    [JsonPropertyName("o")] public int OnIdle { get; init; }

    [JsonPropertyName("l")] public long? LifetimeTicks { get; init; }

    [JsonPropertyName("v")] public long? CheckpointTicks { get; init; }

    [JsonPropertyName("w")] public int? KeepCheckpoints { get; init; }

    [JsonPropertyName("f")] public bool KeepFiles { get; init; }

    [JsonPropertyName("b")] public Dictionary<string, string>? Labels { get; init; }

    [JsonPropertyName("c")] public long CreatedTicks { get; init; }

    [JsonPropertyName("e")] public long Epoch { get; init; }

    [JsonPropertyName("n")] public long Timeline { get; init; }

    /// <summary>How many bytes a text takes here.</summary>
    public static int SizeOf(string text) => JsonSerializer.SerializeToUtf8Bytes(text, Compact).Length - 2;

    /// <summary>How many bytes labels take here.</summary>
    public static int SizeOf(Dictionary<string, string> labels) => JsonSerializer.SerializeToUtf8Bytes(labels, Compact).Length;

    /// <summary>What is written beside a record.</summary>
    public static Dictionary<string, string> Write(SandboxRecord record)
    {
        var spec = record.Spec!;
        var metadata = new SandboxMetadata
        {
            Status = (int)record.Status,
            Reason = record.Reason is { } reason ? Cut(reason) : null,
            Template = spec.Template,
            Snapshot = spec.Snapshot,
            Start = spec.Start,
            Directory = spec.Directory,
            Root = spec.Root,
            MemoryBytes = spec.MemoryBytes,
            DiskBytes = spec.DiskBytes,
            Processes = spec.Processes,
            IdleTicks = spec.IdleTimeout?.Ticks,
            OnIdle = (int)spec.OnIdle,
            LifetimeTicks = spec.Lifetime?.Ticks,
            CheckpointTicks = spec.CheckpointInterval?.Ticks,
            KeepCheckpoints = spec.KeepCheckpoints,
            KeepFiles = spec.KeepFiles,
            Labels = spec.Labels.Count > 0 ? spec.Labels : null,
            CreatedTicks = record.Created.UtcTicks,
            Epoch = record.Epoch,
            Timeline = record.Timeline,
        };
        return new Dictionary<string, string> { [Entry] = JsonSerializer.Serialize(metadata, Compact) };
    }

    /// <summary>The description beside a blob, or null where there is none.</summary>
    public static SandboxDescription? Read(string id, IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(Entry, out var text) || Parse(text) is not { } read) return null;
        var created = new DateTimeOffset(read.CreatedTicks, TimeSpan.Zero);
        var spec = new SandboxSpec
        {
            Template = read.Template,
            Snapshot = read.Snapshot,
            Start = read.Start,
            Directory = read.Directory,
            Root = read.Root,
            MemoryBytes = read.MemoryBytes,
            DiskBytes = read.DiskBytes,
            Processes = read.Processes,
            IdleTimeout = Span(read.IdleTicks),
            OnIdle = (IdleAction)read.OnIdle,
            Lifetime = Span(read.LifetimeTicks),
            CheckpointInterval = Span(read.CheckpointTicks),
            KeepCheckpoints = read.KeepCheckpoints,
            KeepFiles = read.KeepFiles,
            Labels = read.Labels ?? [],
        };
        return new SandboxDescription
        {
            Id = id,
            Status = (SandboxStatus)read.Status,
            Reason = read.Reason,
            Spec = spec,
            Created = created,
            Epoch = read.Epoch,
            Timeline = read.Timeline,
            Expires = SandboxLifecycle.IsOver((SandboxStatus)read.Status) ? null : created + spec.Lifetime,
        };
    }

    private static SandboxMetadata? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<SandboxMetadata>(text, Compact);
        }
        catch (JsonException)
        {
            // Not what this product wrote: one such blob must not hide all others.
            return null;
        }
    }

    private static TimeSpan? Span(long? ticks) => ticks is { } value ? TimeSpan.FromTicks(value) : null;

    private static string Cut(string reason)
    {
        while (SizeOf(reason) > MostReason) reason = reason[..(reason.Length * 3 / 4)];
        return reason;
    }
}
