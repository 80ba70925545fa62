namespace Sandbox.Silo.Limits;

/// <summary>How much memory a sandbox may take of its host.</summary>
internal static class MemoryBudget
{
    /// <summary>
    /// What gVisor itself needs in any case: client, sentry, gofer. Measured: 16 MiB for an idle sandbox; the rest is for guests with many
    /// processes and open files.
    /// </summary>
    public const long OverheadBytes = 48L << 20;

    /// <summary>Page tables, twice over: one byte for so many bytes in use. Measured: 1 for 120.</summary>
    private const long BytesPerOverheadByte = 64;

    /// <summary>The limit for the cgroup: what programs may use, the disk (a tmpfs, so memory too), and gVisor's overhead.</summary>
    /// <param name="memoryBytes">Memory of the programs.</param>
    /// <param name="diskBytes">Size of the disk.</param>
    public static long LimitBytes(long memoryBytes, long diskBytes)
    {
        var guest = checked(memoryBytes + diskBytes);
        return checked(guest + (guest / BytesPerOverheadByte) + OverheadBytes);
    }
}
