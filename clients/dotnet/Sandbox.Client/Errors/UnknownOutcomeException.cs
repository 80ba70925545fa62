namespace Sandboxes;

/// <summary>It was asked for, but whether it happened cannot be known any more. It is never repeated by itself, for it could happen twice.</summary>
public sealed class UnknownOutcomeException : SandboxException
{
    internal UnknownOutcomeException(string message, Exception? cause = null)
        : base(ErrorCode.Unknown, message, cause)
    {
    }
}
