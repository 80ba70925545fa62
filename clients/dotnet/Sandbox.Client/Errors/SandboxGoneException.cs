namespace Sandboxes;

/// <summary>The sandbox was deleted or has failed.</summary>
public sealed class SandboxGoneException : SandboxException
{
    internal SandboxGoneException(string message, string? status, string? reason, Exception? cause = null)
        : base(ErrorCode.Gone, message, cause) => (Status, Reason) = (status, reason);

    /// <summary>Its status, where the server said so.</summary>
    public string? Status { get; }

    /// <summary>Why it failed, where the server said so.</summary>
    public string? Reason { get; }
}
