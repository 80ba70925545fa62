using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>A grain names a storage that is not registered.</summary>
[GenerateSerializer]
public sealed class BadProviderConfigException : OrleansException
{
    /// <summary>Without a message.</summary>
    public BadProviderConfigException()
    {
    }

    /// <summary>With a message.</summary>
    /// <param name="message">For a person.</param>
    public BadProviderConfigException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    /// <param name="message">For a person.</param>
    /// <param name="innerException">The cause.</param>
    public BadProviderConfigException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
