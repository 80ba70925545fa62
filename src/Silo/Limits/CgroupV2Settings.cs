using System.Globalization;

namespace Sandbox.Silo.Limits;

/// <summary>Limits in the words of cgroup v2.</summary>
internal static class CgroupV2Settings
{
    private const int PeriodMicroseconds = 100_000;

    /// <summary>What to write for limits, as far as the controllers are there.</summary>
    public static IEnumerable<CgroupSetting> For(CgroupLimits limits, IReadOnlyCollection<string> controllers)
    {
        if (limits.MemoryBytes is { } bytes && controllers.Contains("memory"))
        {
            yield return new("memory.max", bytes.ToString(CultureInfo.InvariantCulture));
            yield return new("memory.swap.max", "0", Optional: true);
            // All or nothing: gVisor without one of its processes hangs rather than ends.
            yield return new("memory.oom.group", "1", Optional: true);
        }

        if (!controllers.Contains("cpu"))
            yield break;
        if (limits.CpuWeight != CgroupLimits.UsualCpuWeight)
            yield return new("cpu.weight", Math.Clamp(limits.CpuWeight, 1, 10_000).ToString(CultureInfo.InvariantCulture));
        if (limits.Processors is { } processors)
            yield return new("cpu.max", string.Create(CultureInfo.InvariantCulture, $"{(long)(processors * PeriodMicroseconds)} {PeriodMicroseconds}"));
    }
}
