namespace Orleans.Configuration;

/// <summary>When activations end for want of calls, and how long beginning and ending may take.</summary>
public class GrainCollectionOptions
{
    /// <summary>How often idle activations are looked for. More than zero; 1 minute.</summary>
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>After how much idleness an activation ends. More than <see cref="CollectionQuantum"/>; 15 minutes.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The same for single grain classes, by full name. Each more than <see cref="CollectionQuantum"/>.</summary>
    public Dictionary<string, TimeSpan> ClassSpecificCollectionAge { get; set; } = new(StringComparer.Ordinal);

    /// <summary>How long reading state and <c>OnActivateAsync</c> may take together; 30 seconds.</summary>
    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long <c>OnDeactivateAsync</c> may take; 30 seconds.</summary>
    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
