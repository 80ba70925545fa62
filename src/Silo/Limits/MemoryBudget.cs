namespace Sandbox.Silo.Limits;

/// <summary>How much memory a sandbox may take of its host.</summary>
internal static class MemoryBudget
{
    /// <summary>What gVisor itself needs for a sandbox: sentry, gofer, client and page tables. Measured, see the tests; to be safe, about twice that.</summary>
    public const long OverheadBytes = 64L << 20;

    /// <summary>The limit for the cgroup: what programs may use, the disk (a tmpfs, so memory too), and the overhead.</summary>
    /// <param name="memoryBytes">Memory of the programs.</param>
    /// <param name="diskBytes">Size of the disk.</param>
    public static long LimitBytes(long memoryBytes, long diskBytes) => checked(memoryBytes + diskBytes + OverheadBytes);
}
