using Sandbox.Guest.Tests.Agent;
using Sandbox.Guest.Tests.Leases;

namespace Sandbox.Guest.Tests.Plain;

public sealed class LeaseTests(GuestBinaries binaries) : LeaseScenarios
{
    private protected override Task<AgentSession> StartAsync() => PlainAgent.StartAsync(binaries);

    [Fact(Timeout = 60_000)]
    public async Task Starts_wait_while_the_lease_is_over_and_a_full_queue_does_not_shut_out_the_next_one()
    {
        await using var agent = await StartAsync();
        var witness = await CounterAsync(agent);
        agent.Lease(1);
        await StoppedAsync(agent, witness);
        var programs = Enumerable.Range(0, 140).Select(i => agent.Start(new Start("/bin/echo", $"{i}"))).ToList();
        await agent.PingAsync();
        Assert.DoesNotContain(programs.Take(128), program => program.Answer.IsCompleted);
        foreach (var program in programs.Skip(128))
        {
            var answer = await program.Answer;
            Assert.Equal((FrameType.StartFailed, 11u, 5), (answer.Type, answer.UInt32(0), answer.Payload[4]));
        }

        agent.Lease(0);
        foreach (var program in programs.Take(128))
            Assert.Equal(0, (await program.EndedAsync()).Code);
        witness.Signal(9);
        await witness.EndedAsync();
    }
}
