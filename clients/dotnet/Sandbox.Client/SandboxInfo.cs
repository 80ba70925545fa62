using System.Text.Json.Serialization;
using Sandboxes.Wire;

namespace Sandboxes;

/// <summary>A sandbox, as the server described it.</summary>
public sealed record SandboxInfo
{
    /// <summary>Its id.</summary>
    public string Id { get; init; } = "";

    /// <summary>Where it is in its life.</summary>
    public SandboxStatus Status { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Reason { get; init; }

    /// <summary>What its filesystem started from.</summary>
    public string Template { get; init; } = "";

    /// <summary>The start state that it was created with, where there is one.</summary>
    public string? Start { get; init; }

    /// <summary>The snapshot that it was started from, where there is one.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Whom its programs run as by default.</summary>
    public SandboxUser User { get; init; }

    /// <summary>Its programs' working directory by default.</summary>
    public string Cwd { get; init; } = "";

    /// <summary>The memory limit in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>The disk limit in bytes.</summary>
    public long DiskBytes { get; init; }

    /// <summary>How many processes it may have.</summary>
    public int Processes { get; init; }

    /// <summary>How long it may be unused; null when it is kept alive.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>What happens then.</summary>
    public IdleAction OnIdle { get; init; }

    /// <summary>Its total time, from creation; null when there is no such limit.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? Lifetime { get; init; }

    /// <summary>How often a checkpoint is taken by itself; null where none is.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? CheckpointInterval { get; init; }

    /// <summary>How many checkpoints without a label are kept beside the current one; null for all.</summary>
    public int? KeepCheckpoints { get; init; }

    /// <summary>Whether its checkpoints have their files beside them as a layer.</summary>
    public bool KeepFiles { get; init; }

    /// <summary>Whether it has no idle timeout.</summary>
    public bool KeepAlive { get; init; }

    /// <summary>Its creator's labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>When it was created.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>When it ends at the latest, as of now.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The number of its holder; only grows.</summary>
    public long Epoch { get; init; }

    /// <summary>Which history output offsets belong to.</summary>
    public long Timeline { get; init; }
}
