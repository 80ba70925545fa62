using Sandbox.Grains.Files;

namespace Sandbox.Grains.Sandboxes;

/// <summary>Why a call on a sandbox did nothing. The names are the codes of docs/hub.md.</summary>
[GenerateSerializer, Alias("sandbox-error-code")]
public enum SandboxErrorCode
{
    /// <summary>The request cannot be.</summary>
    Invalid = 0,

    /// <summary>There is no such sandbox or process.</summary>
    NotFound = 1,

    /// <summary>Something else has the id, an offset leaves a gap, or the state forbids it.</summary>
    Conflict = 2,

    /// <summary>A start whose outcome cannot be known any more.</summary>
    Unknown = 3,

    /// <summary>The sandbox was deleted or has failed.</summary>
    Gone = 4,

    /// <summary>A limit is reached.</summary>
    Limit = 5,

    /// <summary>There is no capacity now.</summary>
    Overloaded = 6,

    /// <summary>The host cannot do it now.</summary>
    Unavailable = 7,

    /// <summary>The token or key does not open this sandbox.</summary>
    Unauthorized = 8,

    /// <summary>The sandbox goes on at another host of the cluster: the same call, made again at once, reaches it there.</summary>
    Moved = 9,

    /// <summary>The operator does not allow it.</summary>
    Forbidden = 10,
}

/// <summary>Why a call on a sandbox did nothing, as data: an expected outcome, not an exception.</summary>
[GenerateSerializer, Immutable, Alias("sandbox-error")]
public sealed record SandboxError
{
    /// <summary>A token is not the sandbox's, or there is no such sandbox: which of the two is told to nobody.</summary>
    public static SandboxError WrongToken { get; } = new() { Code = SandboxErrorCode.Unauthorized, Message = "The token does not open this sandbox." };

    /// <summary>Which kind.</summary>
    [Id(0)] public required SandboxErrorCode Code { get; init; }

    /// <summary>For a person: what is the matter and what to do.</summary>
    [Id(1)] public required string Message { get; init; }

    /// <summary>The sandbox's status, where that is the reason.</summary>
    [Id(2)] public SandboxStatus? Status { get; init; }

    /// <summary>For an offset that leaves a gap: the right one.</summary>
    [Id(3)] public long? Expected { get; init; }

    /// <summary>When it is worth trying again.</summary>
    [Id(4)] public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of an operation on files: what is the matter.</summary>
    [Id(5)] public FileErrorKind? File { get; init; }

    /// <summary>Of a checkpoint that cannot be restored: whether its files can be started with all the same.</summary>
    [Id(6)] public bool CanStartCold { get; init; }
}
