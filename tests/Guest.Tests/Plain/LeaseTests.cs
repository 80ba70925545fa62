using Sandbox.Guest.Tests.Agent;
using Sandbox.Guest.Tests.Leases;

namespace Sandbox.Guest.Tests.Plain;

public sealed class LeaseTests(GuestBinaries binaries) : LeaseScenarios
{
    private protected override Task<AgentSession> StartAsync() => PlainAgent.StartAsync(binaries);

    [Fact(Timeout = 60_000)]
    public async Task A_lease_that_is_over_before_the_sandbox_is_ready_stops_what_is_born_then()
    {
        await using var agent = PlainAgent.Attach(binaries);
        Assert.Equal(FrameType.Hello, (await agent.NextAsync()).Type);
        agent.Send(new Frame(FrameType.Configure, 0, 0, new Configuration().ToFields().ToArray()));
        agent.Lease(1);
        Assert.Equal(FrameType.Ready, (await agent.NextAsync()).Type);
        var program = agent.Start(Start.Shell("echo born"));
        await Task.Delay(200, TestContext.Current.CancellationToken);
        await agent.PingAsync();
        Assert.False(program.HasExited);
        agent.Lease(0);
        Assert.Equal(0, (await program.EndedAsync()).Code);
        Assert.Equal("born\n", program.Stdout);
    }

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
