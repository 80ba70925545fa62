namespace Orleans.Runtime;

/// <summary>An enumeration in a grain, as its activation knows it.</summary>
internal abstract class GrainEnumeration
{
    /// <summary>Cleared at each sweep; one that was not asked for anything between two sweeps is ended.</summary>
    public bool Used { get; set; } = true;

    /// <summary>Somebody waits for its next item.</summary>
    public bool Busy { get; protected set; }

    /// <summary>Cancels the iterator's token and disposes it, which runs its <c>finally</c> blocks. A second call does nothing.</summary>
    public abstract Task EndAsync();
}
