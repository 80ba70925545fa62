namespace Sandbox.Silo.Limits;

/// <summary>What the host's cgroups do for a sandbox, so that it can be said what is missing.</summary>
internal enum HostLimit
{
    /// <summary>The memory limit.</summary>
    Memory,

    /// <summary>The share of the processors.</summary>
    CpuShare,

    /// <summary>Counting processor time, which the limit of CPU seconds rests on.</summary>
    CpuTime,

    /// <summary>Counting processes that the kernel ended for want of memory.</summary>
    OutOfMemoryCount,

    /// <summary>Stopping and resuming every process at once.</summary>
    Freeze,
}
