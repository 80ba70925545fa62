using System.Diagnostics;
using Sandbox.Silo.Limits;

namespace Sandbox.Silo.Tests.Containers;

[Collection("runsc")]
public sealed class ContainerLimitTests(TestBinaries binaries)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task The_memory_limit_ends_a_container_and_the_count_of_kills_says_so()
    {
        await using var server = await TestServer.StartAsync(binaries);
        Assert.DoesNotContain(server.Runtime.Cgroups.Unenforced, limit => limit.Limit == HostLimit.Memory);
        await using var container = server.Start(new CgroupLimits { MemoryBytes = MemoryBudget.LimitBytes(32 << 20, 0) });
        await container.HelloAsync(Cancellation);

        await container.SayAsync("eat 400", Cancellation);
        var exit = await container.Exited.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);

        Assert.True(exit.OutOfMemory, $"{exit}");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_guest_may_use_all_of_its_memory_since_the_overhead_is_on_top()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = server.Start(new CgroupLimits { MemoryBytes = MemoryBudget.LimitBytes(100 << 20, 28 << 20) });
        await container.HelloAsync(Cancellation);

        Assert.Equal("done", await container.AskAsync("eat 126", Cancellation));
        Assert.Equal(0, container.ReadUsage().OomKills);
        Assert.InRange(container.ReadUsage().MemoryBytes ?? 0, 126 << 20, MemoryBudget.LimitBytes(100 << 20, 28 << 20));
    }

    [Fact(Timeout = 60_000)]
    public async Task Processor_time_is_counted()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = server.Start();
        await container.HelloAsync(Cancellation);
        var before = container.ReadUsage().Cpu;
        var clock = Stopwatch.StartNew();

        // A busy machine gives the guest less than the clock says.
        while (container.ReadUsage().Cpu - before < TimeSpan.FromMilliseconds(200))
            await container.AskAsync("spin 100", Cancellation);

        Assert.InRange((container.ReadUsage().Cpu - before)!.Value, TimeSpan.FromMilliseconds(200), clock.Elapsed * Environment.ProcessorCount);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_processor_quota_slows_a_guest_down()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = server.Start(new CgroupLimits { Processors = 0.25 });
        await container.HelloAsync(Cancellation);
        var before = container.ReadUsage().Cpu;
        var clock = Stopwatch.StartNew();

        await container.AskAsync("spin 1500", Cancellation);

        // A quarter of the time, and two periods more.
        Assert.InRange((container.ReadUsage().Cpu - before)!.Value, TimeSpan.Zero, (clock.Elapsed * 0.25) + TimeSpan.FromMilliseconds(50));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_frozen_container_stands_still_goes_on_when_thawed_and_can_be_removed_while_frozen()
    {
        await using var server = await TestServer.StartAsync(binaries);
        await using var container = server.Start();
        await container.HelloAsync(Cancellation);

        container.Freeze();
        await container.SayAsync("echo late", Cancellation);
        var answer = container.FromGuest.ReadAsync(new byte[5], Cancellation).AsTask();
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromMilliseconds(200), Cancellation));
        container.Thaw();
        Assert.Equal(5, await answer);

        container.Freeze();
        await container.DisposeAsync();
    }
}
