namespace Sandboxes;

/// <summary>What a new sandbox is to be. What is left out is the server's default.</summary>
public sealed record CreateOptions
{
    /// <summary><c>[a-z0-9][a-z0-9-]{0,39}</c>. The same request under the same id twice gives the same sandbox. Left out: a random one.</summary>
    public string? Id { get; init; }

    /// <summary>
    /// With an id: the secret of its token, 32 to 128 of <c>A-Z a-z 0-9 _ -</c>, drawn at random. Left out: this client draws one, so that no lost answer loses it.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>What its filesystem starts from.</summary>
    public string? Template { get; init; }

    /// <summary>The template's start state that it begins from (<c>base</c> has <c>pandas</c>), where there is one yet.</summary>
    public string? Start { get; init; }

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

    /// <summary>While something runs or happens in it, a checkpoint is taken every so often. Left out: none but those that are asked for.</summary>
    public TimeSpan? CheckpointInterval { get; init; }

    /// <summary>
    /// How many checkpoints without a label are kept beside the current one: the newest, 1 to 1,000. Left out: all, or 10 with <see cref="CheckpointInterval"/>.
    /// </summary>
    public int? KeepCheckpoints { get; init; }

    /// <summary>
    /// Each checkpoint has its files beside it as a layer: one that cannot be restored any more can still be started with them, see <see cref="Sandbox.RestoreAsync(bool, CancellationToken)"/>.
    /// </summary>
    public bool KeepFiles { get; init; }

    /// <summary>Labels to find it by.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>No idle timeout.</summary>
    public bool KeepAlive { get; init; }
}
