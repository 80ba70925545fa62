namespace Sandbox.Silo.Runsc;

/// <summary>There is no runsc on this machine that sandboxes can run on. The message names the remedy.</summary>
internal sealed class RunscUnavailableException : RunscException
{
    public RunscUnavailableException(string message)
        : base(message)
    {
    }

    public RunscUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
