namespace Orleans.Runtime;

/// <summary>On a parameter of a grain's constructor of type <see cref="IPersistentState{TState}"/>: which state, kept where.</summary>
/// <param name="stateName">The state's name within the grain.</param>
/// <param name="storageName">The name that the storage was registered by; null for the default one.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public class PersistentStateAttribute(string stateName, string? storageName = null) : Attribute
{
    /// <summary>The state's name within the grain.</summary>
    public string StateName { get; } = stateName ?? throw new ArgumentNullException(nameof(stateName));

    /// <summary>The name that the storage was registered by; null for the default one.</summary>
    public string? StorageName { get; } = storageName;
}
