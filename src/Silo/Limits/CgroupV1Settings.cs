using System.Globalization;

namespace Sandbox.Silo.Limits;

/// <summary>Limits in the words of cgroup v1.</summary>
internal static class CgroupV1Settings
{
    private const int PeriodMicroseconds = 100_000;
    private const int UsualShares = 1024;

    /// <summary>What to write for limits into the cgroup of one controller.</summary>
    public static IEnumerable<CgroupSetting> For(CgroupLimits limits, string controller)
    {
        if (controller == "memory" && limits.MemoryBytes is { } bytes)
        {
            yield return new("memory.limit_in_bytes", bytes.ToString(CultureInfo.InvariantCulture));
            // Memory and swap together. Without it a sandbox would spill into the host's swap; absent where the kernel does not account swap.
            yield return new("memory.memsw.limit_in_bytes", bytes.ToString(CultureInfo.InvariantCulture), Optional: true);
        }

        if (controller != "cpu")
            yield break;
        if (limits.CpuWeight != CgroupLimits.UsualCpuWeight)
        {
            var shares = Math.Clamp((long)limits.CpuWeight * UsualShares / CgroupLimits.UsualCpuWeight, 2, 262_144);
            yield return new("cpu.shares", shares.ToString(CultureInfo.InvariantCulture));
        }

        if (limits.Processors is { } processors)
        {
            yield return new("cpu.cfs_period_us", PeriodMicroseconds.ToString(CultureInfo.InvariantCulture));
            yield return new("cpu.cfs_quota_us", ((long)(processors * PeriodMicroseconds)).ToString(CultureInfo.InvariantCulture));
        }
    }
}
