namespace Sandbox.Silo.Layers;

/// <summary>A layer cannot be used: it is missing, damaged, or holds what a layer may not hold. The message names the entry.</summary>
internal sealed class LayerException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether what was read is not what its digest says.</summary>
    public bool IsDamage { get; init; }
}
