using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>
/// Storage holds another version of the state than the one that this write came from. When it leaves a grain's method, the engine ends that
/// activation, so that the next call reads the state anew.
/// </summary>
[GenerateSerializer]
public class InconsistentStateException : OrleansException
{
    /// <summary>Without a message.</summary>
    public InconsistentStateException()
    {
    }

    /// <summary>With a message.</summary>
    /// <param name="message">For a person.</param>
    public InconsistentStateException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    /// <param name="message">For a person.</param>
    /// <param name="innerException">The cause.</param>
    public InconsistentStateException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>With both versions.</summary>
    /// <param name="errorMsg">For a person.</param>
    /// <param name="storedEtag">The version in storage.</param>
    /// <param name="currentEtag">The version that was to be replaced.</param>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
        : this(errorMsg, storedEtag, currentEtag, null)
    {
    }

    /// <summary>With both versions and a cause.</summary>
    /// <param name="errorMsg">For a person.</param>
    /// <param name="storedEtag">The version in storage.</param>
    /// <param name="currentEtag">The version that was to be replaced.</param>
    /// <param name="storageException">The cause.</param>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
        : base(errorMsg, storageException) => (StoredEtag, CurrentEtag) = (storedEtag, currentEtag);

    /// <summary>The version in storage.</summary>
    [Id(1)] public string? StoredEtag { get; private set; }

    /// <summary>The version that was to be replaced.</summary>
    [Id(2)] public string? CurrentEtag { get; private set; }

    /// <summary>False once it has ended the activation that it comes from, so that it ends no other on its way up the callers.</summary>
    [Id(0)] internal bool IsSourceActivation { get; set; } = true;
}
