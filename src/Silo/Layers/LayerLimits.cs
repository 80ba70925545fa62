namespace Sandbox.Silo.Layers;

/// <summary>How much one layer may be, since layers come from guests.</summary>
internal sealed record LayerLimits
{
    /// <summary>Entries of the tar, whiteouts too. 1 to 100,000,000; the default is 2,000,000.</summary>
    public int MaxEntries { get; init; } = 2_000_000;

    /// <summary>Bytes of the tar. At least 1,024; the default is 16 GiB.</summary>
    public long MaxBytes { get; init; } = 16L << 30;
}
