using Sandbox.Silo.Limits;

namespace Sandbox.Silo.Tests.Limits;

/// <summary>Texts of real machines, shortened.</summary>
public sealed class CgroupLayoutTests
{
    private const string V1Mounts = """
        22 1 0:20 / /proc rw,relatime - proc proc rw
        30 25 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec - tmpfs tmpfs ro,mode=755
        31 30 0:27 / /sys/fs/cgroup/systemd rw,nosuid - cgroup cgroup rw,xattr,name=systemd
        34 30 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid - cgroup cgroup rw,cpu,cpuacct
        35 30 0:31 / /sys/fs/cgroup/memory rw,nosuid shared:15 - cgroup cgroup rw,memory
        36 30 0:32 / /sys/fs/cgroup/freezer rw,nosuid - cgroup cgroup rw,freezer
        37 30 0:33 / /sys/fs/cgroup/pids rw,nosuid - cgroup cgroup rw,pids
        """;

    private const string V2Mount = "29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";

    [Fact]
    public void V1_controllers_are_found_each_below_its_own_cgroup()
    {
        var layout = CgroupLayout.From("9:name=systemd:/\n5:freezer:/\n4:memory:/api/abc\n3:cpu,cpuacct:/user.slice\n2:pids:/\n", V1Mounts);

        Assert.Equal("/sys/fs/cgroup/memory/api/abc", layout.V1["memory"]);
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct/user.slice", layout.V1["cpu"]);
        Assert.Equal(layout.V1["cpu"], layout.V1["cpuacct"]);
        Assert.Equal("/sys/fs/cgroup/freezer", layout.V1["freezer"]);
        Assert.False(layout.V1.ContainsKey("pids"));
        Assert.Null(layout.V2);
    }

    [Fact]
    public void V2_is_found_with_its_root()
    {
        var layout = CgroupLayout.From("0::/system.slice/sandbox.service\n", V2Mount);

        Assert.Empty(layout.V1);
        Assert.Equal("/sys/fs/cgroup/system.slice/sandbox.service", layout.V2);
        Assert.Equal("/sys/fs/cgroup", layout.V2Root);
        Assert.IsType<CgroupV2Tree>(CgroupTrees.For(layout, "sandbox-x"));
    }

    [Fact]
    public void In_hybrid_mode_the_v1_controllers_are_used()
    {
        var layout = CgroupLayout.From(
            "4:memory:/\n1:cpu:/\n0::/\n",
            V1Mounts + "\n40 30 0:40 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");

        Assert.Equal("/sys/fs/cgroup/unified", layout.V2);
        Assert.IsType<CgroupV1Tree>(CgroupTrees.For(layout, "sandbox-x"));
    }

    [Fact]
    public void In_a_container_the_mounts_own_root_is_taken_off_the_path()
    {
        var layout = CgroupLayout.From(
            "4:memory:/docker/abc/child\n",
            "35 30 0:31 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");

        Assert.Equal("/sys/fs/cgroup/memory/child", layout.V1["memory"]);
    }

    [Theory]
    [InlineData("0::/../outside\n", "29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")]
    [InlineData("0::/elsewhere\n", "29 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")]
    [InlineData("0::/\n", "29 23 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n")]
    [InlineData("0::/\n", "29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 ro\n")]
    [InlineData("", "")]
    [InlineData("nonsense\n:::\n", "more nonsense - \n - cgroup\n")]
    public void What_is_out_of_reach_or_read_only_is_not_used_and_every_limit_is_named_as_unenforced(string membership, string mounts)
    {
        var layout = CgroupLayout.From(membership, mounts);
        var tree = CgroupTrees.For(layout, "sandbox-x");

        Assert.IsType<NoCgroupTree>(tree);
        Assert.Equal(Enum.GetValues<HostLimit>(), tree.Unenforced.Select(limit => limit.Limit));
    }

    [Fact]
    public void Mount_points_with_spaces_are_read()
    {
        var layout = CgroupLayout.From("0::/a b\n", @"29 23 0:26 / /sys/fs/my\040cgroup rw - cgroup2 cgroup2 rw");

        Assert.Equal("/sys/fs/my cgroup/a b", layout.V2);
    }

    [Fact]
    public void A_v1_machine_without_a_controller_names_what_it_lacks()
    {
        var tree = CgroupTrees.For(
            CgroupLayout.From("4:memory:/\n", "35 30 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"), "sandbox-x");

        Assert.Equal([HostLimit.CpuShare, HostLimit.CpuTime, HostLimit.Freeze], tree.Unenforced.Select(limit => limit.Limit));
        Assert.All(tree.Unenforced, limit => Assert.Contains("cgroup v1 controller", limit.Reason, StringComparison.Ordinal));
    }
}
