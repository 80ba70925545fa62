namespace Sandboxes;

/// <summary>There is no such sandbox or process, or it belongs to somebody else.</summary>
public sealed class NotFoundException : SandboxException
{
    internal NotFoundException(string message, Exception? cause = null)
        : base(ErrorCode.NotFound, message, cause)
    {
    }
}
