namespace Sandboxes;

/// <summary>A call took longer than it may. What it asked for may have happened, or may still happen.</summary>
public sealed class CallTimeoutException : SandboxException
{
    internal CallTimeoutException(string message, Exception? cause = null)
        : base(ErrorCode.Timeout, message, cause)
    {
    }
}
