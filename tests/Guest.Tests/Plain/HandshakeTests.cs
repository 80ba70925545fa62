using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

public sealed class HandshakeTests(GuestBinaries binaries)
{
    [Fact(Timeout = 60_000)]
    public async Task The_agent_says_hello_and_is_ready_after_its_configuration()
    {
        await using var agent = PlainAgent.Attach(binaries);
        var hello = await agent.NextAsync();
        Assert.Equal(FrameType.Hello, hello.Type);
        Assert.Equal(new byte[8] { 1, 0, 0, 0, 0, 0, 0, 0 }, hello.Payload[..8]);
        Assert.StartsWith("sandbox-agent ", hello.Text[8..]);

        await agent.PingAsync();
        agent.Send(new Frame(FrameType.Configure, 0, 0, new Configuration { Hostname = "a-box" }.ToFields().ToArray()));
        Assert.Equal(FrameType.Ready, (await agent.NextAsync()).Type);
        var (_, program) = await agent.RunAsync(new Start("hostname"));
        Assert.Equal("a-box\n", program.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_start_before_ready_waits_for_it()
    {
        await using var agent = PlainAgent.Attach(binaries);
        Assert.Equal(FrameType.Hello, (await agent.NextAsync()).Type);
        agent.Send(new Frame(FrameType.Configure, 0, 0, new Configuration().ToFields().ToArray()));
        var program = agent.Start(new Start("/bin/echo", "early"));
        Assert.Equal(0, (await program.EndedAsync()).Code);
        Assert.Equal("early\n", program.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_layer_that_is_not_there_is_a_failure_with_its_reason()
    {
        await using var agent = PlainAgent.Attach(binaries);
        agent.ExpectsFailure = true;
        Assert.Equal(FrameType.Hello, (await agent.NextAsync()).Type);
        agent.Send(new Frame(FrameType.Configure, 0, 0, new Configuration { Lower = ["/there/is/no/such/layer"] }.ToFields().ToArray()));
        var failure = await agent.NextAsync();
        Assert.Equal((FrameType.Failure, 2u), (failure.Type, failure.UInt32(0)));
        Assert.Equal("mount the overlay: No such file or directory", failure.Text[4..]);
        Assert.Equal(2, await agent.ExitedAsync());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Shutdown_or_the_end_of_the_link_ends_everything_with_code_0(bool shutdown)
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(Start.Shell("trap '' TERM HUP; while :; do sleep 100; done"));
        Assert.Equal(FrameType.Started, (await program.Answer).Type);
        if (shutdown)
            agent.Send(new Frame(FrameType.Shutdown, 0, 0, []));
        else
            agent.Close();
        Assert.Equal(0, await agent.ExitedAsync());
    }
}
