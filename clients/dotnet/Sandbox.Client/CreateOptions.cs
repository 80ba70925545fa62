namespace Sandboxes;

/// <summary>What a new sandbox is to be. What is left out is the server's default.</summary>
public sealed record CreateOptions
{
    /// <summary><c>[a-z0-9][a-z0-9-]{0,39}</c>. The same request under the same id twice gives the same sandbox. Left out: a random one.</summary>
    public string? Id { get; init; }

    /// <summary>What its filesystem starts from.</summary>
    public string? Template { get; init; }

    /// <summary>The snapshot that it starts from, in place of a template.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Environment variables of all its programs.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Its programs' working directory by default.</summary>
    public string? Cwd { get; init; }

    /// <summary>Whom its programs run as by default.</summary>
    public SandboxUser? User { get; init; }

    /// <summary>The memory limit in bytes.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The disk limit in bytes.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>How many processes it may have.</summary>
    public int? Processes { get; init; }

    /// <summary>Counts from the last client activity and the last running program.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>What happens then.</summary>
    public IdleAction? OnIdle { get; init; }

    /// <summary>The total time, from creation.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>Labels to find it by.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>No idle timeout.</summary>
    public bool KeepAlive { get; init; }
}
