namespace Orleans.Runtime;

/// <summary>What a grain id stands for in the table: one activation, or several of a stateless worker.</summary>
internal interface IRequestTarget
{
    /// <summary>The activations, as of now.</summary>
    IEnumerable<Activation> Activations { get; }

    /// <summary>Takes a call.</summary>
    /// <returns>False when it is no longer in the table: look again.</returns>
    bool TryEnqueue(Request request);
}
