namespace Orleans.Runtime;

/// <summary>The host stops, has stopped or has not started. Whether the call ran is not known.</summary>
[GenerateSerializer]
public sealed class SiloUnavailableException : OrleansMessageRejectionException
{
    /// <summary>An exception that says no more than its type does.</summary>
    public SiloUnavailableException()
        : base("Silo unavailable")
    {
    }

    /// <summary>An exception with a message.</summary>
    public SiloUnavailableException(string msg)
        : base(msg)
    {
    }
}
