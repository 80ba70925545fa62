namespace Sandboxes;

/// <summary>A program ran longer than its own <see cref="StartOptions.Timeout"/> and was ended.</summary>
public sealed class ProcessTimeoutException : ProcessFailedException
{
    internal ProcessTimeoutException(string message, ProcessExit exit)
        : base(ErrorCode.ProcessTimeout, message, exit)
    {
    }
}
