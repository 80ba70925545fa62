namespace Sandboxes;

/// <summary>Something else has the id, an input offset leaves a gap, or the state forbids it.</summary>
public sealed class ConflictException : SandboxException
{
    internal ConflictException(string message, long? expected, string? status, Exception? cause = null)
        : base(ErrorCode.Conflict, message, cause) => (Expected, Status) = (expected, status);

    /// <summary>The input offset that the server expected, where that is the conflict.</summary>
    public long? Expected { get; }

    /// <summary>The sandbox's or process's status, where that is the conflict.</summary>
    public string? Status { get; }
}
