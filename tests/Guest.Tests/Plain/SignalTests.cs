using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

public sealed class SignalTests(GuestBinaries binaries)
{
    private const int Kill = 9;
    private const int User1 = 10;
    private const int Terminate = 15;

    [Fact(Timeout = 60_000)]
    public async Task A_signal_reaches_the_process_alone_or_everything_of_it()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(Start.Shell("trap 'echo parent' USR1; (trap 'echo child; exit' USR1; echo ready; while :; do sleep 0.01; done) & while :; do wait; done"));
        await program.UntilAsync(() => program.Stdout.Contains("ready"));
        program.Signal(User1);
        await program.UntilAsync(() => program.Stdout.Contains("parent"));
        Assert.DoesNotContain("child", program.Stdout);
        program.Signal(User1, scope: 1);
        await program.UntilAsync(() => program.Stdout.Contains("child"));
        program.Signal(Kill, scope: 1);
        Assert.Equal(Kill, (await program.EndedAsync()).Signal);
        await program.End(1);
    }

    [Fact(Timeout = 60_000)]
    public async Task Killing_everything_reaches_what_has_left_the_group()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var other = agent.Start(new Start("/bin/sleep", "1000"));
        var program = agent.Start(Start.Shell("setsid sh -c 'setsid sleep 1000 & echo up; sleep 1000' & setsid sleep 1000 & sleep 1000 & wait"));
        await program.UntilAsync(() => program.Stdout.Contains("up"));
        program.Signal(Kill, scope: 1);
        await program.EndedAsync();
        await program.End(1);
        Assert.False(other.HasExited);
        other.Signal(Terminate);
        Assert.Equal(Terminate, (await other.EndedAsync()).Signal);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_the_only_process_left_behind_is_reached_after_its_end()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(Start.Shell("setsid sh -c 'setsid sleep 1000 &' ; echo made"));
        await program.EndedAsync();
        program.Signal(Kill, scope: 1);
        await program.End(1);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_signal_sent_right_behind_the_start_arrives()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        for (var i = 0; i < 20; i++)
        {
            var program = agent.Start(new Start("/bin/sleep", "1000"));
            program.Signal(Terminate, scope: (byte)(i % 2));
            Assert.Equal(Terminate, (await program.EndedAsync()).Signal);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Signals_to_what_has_ended_or_never_started_are_void()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var failed = agent.Start(new Start("no-such-program"));
        failed.Signal(Kill);
        failed.Write(0, "x"u8);
        failed.EndInput(1);
        Assert.Equal(FrameType.StartFailed, (await failed.Answer).Type);
        var (_, ended) = await agent.RunAsync(new Start("/bin/true"));
        ended.Signal(Kill);
        ended.Signal(Kill, scope: 1);
        ended.Forget();
        ended.Signal(Kill);
        ended.Forget();
        await agent.PingAsync();
    }
}
