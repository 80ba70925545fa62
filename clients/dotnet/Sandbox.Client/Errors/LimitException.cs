namespace Sandboxes;

/// <summary>A limit of the operator or of the sandbox is reached.</summary>
public sealed class LimitException : SandboxException
{
    internal LimitException(string message, Exception? cause = null)
        : base(ErrorCode.Limit, message, cause)
    {
    }
}
