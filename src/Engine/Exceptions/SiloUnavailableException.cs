namespace Orleans.Runtime;

/// <summary>The host stops, has stopped or has not started. Whether the call ran is not known.</summary>
[GenerateSerializer]
public sealed class SiloUnavailableException : OrleansMessageRejectionException
{
    internal SiloUnavailableException(string message)
        : base(message)
    {
    }
}
