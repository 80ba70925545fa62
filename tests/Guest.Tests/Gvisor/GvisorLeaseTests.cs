using Sandbox.Guest.Tests.Agent;
using Sandbox.Guest.Tests.Leases;

namespace Sandbox.Guest.Tests.Gvisor;

public sealed class GvisorLeaseTests(GuestBinaries binaries) : LeaseScenarios
{
    private protected override Task<AgentSession> StartAsync() => RunscAgent.StartAsync(binaries);

    [Fact(Timeout = 60_000)]
    public async Task A_program_that_always_becomes_another_process_is_stopped_too()
    {
        await using var agent = await StartAsync();
        var chain = agent.Start(new Start("/attacks/attack", "chain"));
        await chain.UntilAsync(() => chain.Received(1) > 10);
        for (var round = 0; round < 3; round++)
        {
            agent.Lease(1);
            var count = await StoppedAsync(agent, chain);
            agent.Lease(0);
            await chain.UntilAsync(() => chain.Received(1) > count);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task What_the_lease_has_stopped_goes_on_in_a_copy()
    {
        await using var bundle = new RunscBundle(binaries);
        await using var agent = await bundle.StartAsync();
        var counter = await CounterAsync(agent);
        agent.Lease(1);
        var count = await StoppedAsync(agent, counter);
        var held = await agent.HoldAsync();
        var image = await bundle.CheckpointAsync(leaveRunning: false);
        await using var copy = bundle.Restore(image, held);
        counter = copy.Same(counter);
        Assert.Equal(count, counter.Received(1));
        // Which lifts the lease.
        await copy.ResumeAsync(Resume.Copy("g"));
        await counter.UntilAsync(() => counter.Received(1) > count + 200);
        AssertCounts(counter.Stdout);
    }
}
