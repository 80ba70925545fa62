using Sandbox.Silo.Limits;

namespace Sandbox.Silo.Tests.Limits;

public sealed class CgroupSettingsTests
{
    private static readonly CgroupLimits _limits = new() { MemoryBytes = 1 << 30, Processors = 1.5, CpuWeight = 50 };

    [Fact]
    public void V1_gets_bytes_shares_and_quota()
    {
        Assert.Equal(
            [new("memory.limit_in_bytes", "1073741824"), new("memory.memsw.limit_in_bytes", "1073741824", Optional: true)],
            CgroupV1Settings.For(_limits, "memory"));
        Assert.Equal(
            [new("cpu.shares", "512"), new("cpu.cfs_period_us", "100000"), new("cpu.cfs_quota_us", "150000")],
            CgroupV1Settings.For(_limits, "cpu"));
        Assert.Empty(CgroupV1Settings.For(_limits, "freezer"));
    }

    [Fact]
    public void V2_gets_bytes_no_swap_weight_and_quota()
    {
        Assert.Equal(
            [
                new("memory.max", "1073741824"), new("memory.swap.max", "0", Optional: true), new("memory.oom.group", "1", Optional: true),
                new("cpu.weight", "50"), new("cpu.max", "150000 100000"),
            ],
            CgroupV2Settings.For(_limits, ["memory", "cpu"]));
    }

    [Fact]
    public void V2_gets_nothing_for_a_controller_that_is_not_there()
    {
        Assert.Empty(CgroupV2Settings.For(_limits, []));
        Assert.DoesNotContain(CgroupV2Settings.For(_limits, ["cpu"]), setting => setting.File.StartsWith("memory", StringComparison.Ordinal));
    }

    [Fact]
    public void No_limits_write_nothing()
    {
        Assert.Empty(CgroupV1Settings.For(new CgroupLimits(), "memory"));
        Assert.Empty(CgroupV1Settings.For(new CgroupLimits(), "cpu"));
        Assert.Empty(CgroupV2Settings.For(new CgroupLimits(), ["memory", "cpu"]));
    }

    [Fact]
    public void The_memory_limit_is_memory_and_disk_and_overhead()
    {
        Assert.Equal(MemoryBudget.OverheadBytes, MemoryBudget.LimitBytes(0, 0));
        Assert.Equal((960L << 20) + (15L << 20) + MemoryBudget.OverheadBytes, MemoryBudget.LimitBytes(704L << 20, 256L << 20));
    }
}
