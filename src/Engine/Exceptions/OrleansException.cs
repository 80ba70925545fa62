namespace Orleans.Runtime;

/// <summary>The base of what the engine itself reports.</summary>
[GenerateSerializer]
public class OrleansException : Exception
{
    /// <summary>Without a message.</summary>
    public OrleansException()
    {
    }

    /// <summary>With a message.</summary>
    /// <param name="message">For a person.</param>
    public OrleansException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    /// <param name="message">For a person.</param>
    /// <param name="innerException">The cause.</param>
    public OrleansException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
