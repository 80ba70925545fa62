namespace Orleans.Runtime;

/// <summary>Too many calls wait for one activation; this one did not run.</summary>
[GenerateSerializer]
public sealed class LimitExceededException : OrleansException
{
    internal LimitExceededException(string message)
        : base(message)
    {
    }
}
