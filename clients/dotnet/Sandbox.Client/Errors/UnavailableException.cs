namespace Sandboxes;

/// <summary>The server cannot be reached, or cannot do it now (<c>unavailable</c>, <c>overloaded</c>).</summary>
public sealed class UnavailableException : SandboxException
{
    internal UnavailableException(string code, string message, TimeSpan? retryAfter = null, Exception? cause = null)
        : base(code, message, cause) => RetryAfter = retryAfter;

    /// <summary>When it is worth trying again, where the server said so.</summary>
    public TimeSpan? RetryAfter { get; }
}
