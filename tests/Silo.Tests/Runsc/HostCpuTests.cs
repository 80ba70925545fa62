using Sandbox.Silo.Runsc;

namespace Sandbox.Silo.Tests.Runsc;

public sealed class HostCpuTests
{
    private const string Two = """
        processor	: 0
        flags		: fpu sse2 avx avx2 constant_tsc hypervisor
        vmx flags	: vnmi preemption_timer
        clflush size	: 64
        processor	: 1
        flags		: fpu sse2 avx constant_tsc
        clflush size	: 64
        """;

    [Fact]
    public void What_all_processors_have_and_programs_can_use_counts()
    {
        var cpu = HostCpu.Parse(Two);

        Assert.Equal(["avx", "fpu", "sse2"], cpu.Features);
        Assert.Equal(64, cpu.CacheLineBytes);
    }

    [Fact]
    public void This_machine_is_read_and_restores_its_own_checkpoints()
    {
        var cpu = HostCpu.Read();

        Assert.NotEmpty(cpu.Features);
        Assert.Empty(cpu.Lacks(HostCpu.Read()));
    }

    [Fact]
    public void What_another_host_lacks_is_named()
    {
        var cpu = HostCpu.Parse(Two);
        var larger = HostCpu.Parse("flags : fpu sse2 avx avx2 avx512f\nclflush size : 128\n");

        Assert.Equal(["avx2", "avx512f", "cache lines of 128 bytes"], cpu.Lacks(larger));
        Assert.Equal(["cache lines of 64 bytes"], larger.Lacks(cpu));
    }

    [Fact]
    public void Levelled_to_the_fleets_list_a_checkpoint_needs_no_more_than_that()
    {
        var cpu = HostCpu.Parse("flags : fpu sse2 avx avx2\nclflush size : 64\n");

        Assert.Equal(["avx", "fpu"], cpu.LevelledTo(HostCpu.ParseList("fpu, avx,avx512f")).Features);
        Assert.Equal(cpu, cpu.LevelledTo(HostCpu.ParseList("")));
    }

    [Fact]
    public void A_list_with_something_else_in_it_is_refused()
    {
        var error = Assert.Throws<FormatException>(() => HostCpu.ParseList("fpu,--platform=kvm"));

        Assert.Contains("--platform=kvm", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_known_of_a_machine_is_no_error() => Assert.Empty(HostCpu.Parse("").Features);
}
