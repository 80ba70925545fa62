namespace Sandbox.Silo.Runsc;

/// <summary>A call of runsc did not do what was asked. The message says what to do about it.</summary>
internal class RunscException : Exception
{
    public RunscException(string message)
        : base(message)
    {
    }

    public RunscException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The end of what runsc wrote to stderr; empty when there was nothing.</summary>
    public string Stderr { get; init; } = "";
}
