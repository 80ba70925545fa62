namespace Sandbox.Silo.Layers;

/// <summary>Whether a tar is one that a layer may be: read as an unpacking reads it, with nothing written.</summary>
internal static class LayerCheck
{
    /// <summary>Reads a tar to its end. Blocks on the stream.</summary>
    /// <exception cref="LayerException">It is none, or holds what a layer may not hold. The message names the entry.</exception>
    public static void Read(Stream tar, LayerLimits limits, CancellationToken cancellationToken)
    {
        var reader = new LayerTarReader(tar, limits) { WithoutDevices = true };
        while (reader.Next() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _ = LayerPath.Split(entry.Name);
            while (!reader.ReadContent().IsEmpty)
            {
                // What a file holds is its own affair.
            }
        }
    }
}
