namespace Sandboxes;

/// <summary>A program did not end with code 0. Thrown by <see cref="ProcessExit.EnsureSuccess"/> only.</summary>
public class ProcessFailedException : SandboxException
{
    internal ProcessFailedException(string message, ProcessExit exit)
        : this(ErrorCode.ProcessFailed, message, exit)
    {
    }

    private protected ProcessFailedException(string code, string message, ProcessExit exit)
        : base(code, message) => Exit = exit;

    /// <summary>How it ended.</summary>
    public ProcessExit Exit { get; }
}
