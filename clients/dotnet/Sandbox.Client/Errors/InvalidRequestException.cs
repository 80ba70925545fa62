namespace Sandboxes;

/// <summary>The request cannot be: the message says which member and what to do.</summary>
public sealed class InvalidRequestException : SandboxException
{
    internal InvalidRequestException(string message, Exception? cause = null)
        : base(ErrorCode.Invalid, message, cause)
    {
    }
}
