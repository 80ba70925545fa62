using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Gvisor;

/// <summary>Attacks/attack.c says what each attack does, and prints HIT where it got something.</summary>
public sealed class GvisorAttackTests(GuestBinaries binaries, ITestOutputHelper output)
{
    private const string Attack = "/attacks/attack";

    [Theory(Timeout = 60_000)]
    [InlineData("look", 1000)]
    [InlineData("look", 0)]
    [InlineData("init", 1000)]
    [InlineData("init", 0)]
    [InlineData("rights", 1000)]
    [InlineData("rights", 0)]
    public async Task A_program_gets_at_nothing(string attack, uint user)
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var (exit, program) = await agent.RunAsync(new Start(Attack, attack) { User = user });
        Assert.Equal("done\n", program.Stdout);
        Assert.Equal(0, exit.Code);
        await IsAliveAsync(agent);
    }

    [Theory(Timeout = 90_000)]
    [InlineData(1000)]
    [InlineData(0)]
    public async Task A_program_that_is_being_born_cannot_be_grabbed(uint user)
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var watcher = agent.Start(new Start(Attack, "births", "4") { User = user });
        Assert.Equal(FrameType.Started, (await watcher.Answer).Type);
        var births = 0;
        for (; !watcher.HasExited; births++)
        {
            var (exit, program) = await agent.RunAsync(new Start("/bin/true") { User = user, File = ($"/tmp/file-{births}", "x") });
            Assert.Equal(0, exit.Code);
            program.Forget();
        }

        await watcher.EndedAsync();
        output.WriteLine($"{births} births");
        Assert.DoesNotContain("HIT", watcher.Stdout);
        Assert.EndsWith("done\n", watcher.Stdout);
        // The watcher has to have seen births, or this test shows nothing.
        Assert.InRange(births, 20, int.MaxValue);
        await IsAliveAsync(agent);
    }

    [Theory(Timeout = 90_000)]
    [InlineData(1000)]
    [InlineData(0)]
    public async Task Stopping_whatever_is_born_does_not_stop_the_agent(uint user)
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var stopper = agent.Start(new Start(Attack, "stop", "3") { User = user });
        Assert.Equal(FrameType.Started, (await stopper.Answer).Type);
        var victims = new List<GuestProgram>();
        while (!stopper.HasExited && victims.Count < 60)
        {
            victims.Add(agent.Start(new Start("/bin/true") { User = user }));
            await victims[^1].Answer;
            await agent.PingAsync();
        }

        await stopper.EndedAsync();
        output.WriteLine($"{victims.Count} births");
        foreach (var victim in victims)
        {
            victim.Signal(18);
            Assert.Equal(0, (await victim.EndedAsync()).Code);
        }

        await IsAliveAsync(agent);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1000)]
    [InlineData(0)]
    public async Task A_program_that_asks_to_be_traced_by_its_parent_just_goes_on(uint user)
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var (exit, program) = await agent.RunAsync(new Start(Attack, "traceme", "/bin/echo", "went on") { User = user });
        Assert.Equal(0, exit.Code);
        Assert.EndsWith("went on\n", program.Stdout);
        var traced = agent.Start(Start.Python("import ctypes, time\nctypes.CDLL(None).ptrace(0, 0, 0, 0)\nprint(1, flush=True)\ntime.sleep(1000)") with { User = user });
        await traced.UntilAsync(() => traced.Stdout.Length > 0);
        traced.Signal(15);
        Assert.Equal(15, (await traced.EndedAsync()).Signal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_user_that_kills_everything_kills_its_own_programs_only()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var mine = agent.Start(new Start("/bin/sleep", "1000"));
        var other = agent.Start(new Start("/bin/sleep", "1000") { User = 1001 });
        Assert.Equal(FrameType.Started, (await other.Answer).Type);
        await agent.RunAsync(new Start(Attack, "kill"));
        Assert.Equal(9, (await mine.EndedAsync()).Signal);
        Assert.False(other.HasExited);
        await IsAliveAsync(agent);
    }

    [Fact(Timeout = 60_000)]
    public async Task When_root_kills_the_first_process_everything_ends_and_the_agent_says_so()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        var sleeper = agent.Start(new Start("/bin/sleep", "1000") { User = 1001 });
        Assert.Equal(FrameType.Started, (await sleeper.Answer).Type);
        var killer = agent.Start(Start.Shell("kill -9 1; sleep 1000") with { User = 0 });
        Assert.Equal(9, (await killer.EndedAsync()).Signal);
        Assert.Equal(9, (await sleeper.EndedAsync()).Signal);
        var answer = await agent.Start(new Start("/bin/true")).Answer;
        Assert.Equal((FrameType.StartFailed, 5, 3u), (answer.Type, answer.Payload[4], answer.UInt32(0)));
        await agent.PingAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Files_are_made_with_the_rights_of_the_program_alone()
    {
        await using var agent = await RunscAgent.StartAsync(binaries);
        await agent.RunAsync(Start.Shell("mkdir /tmp/d; ln -s /root /tmp/d/root; ln -s /proc/1/root /tmp/d/init; mkfifo /tmp/d/fifo"));
        foreach (var path in (string[])["/tmp/d/root/x", "/tmp/d/init/tmp/x", "/tmp/d/fifo", "/proc/1/comm", "/proc/1/root/x", "/root/x", "/tmp/d/fifo/x"])
        {
            var answer = await agent.Start(new Start("/bin/true") { File = (path, "x") }).Answer;
            Assert.Equal((FrameType.StartFailed, 1), (answer.Type, answer.Payload[4]));
        }

        await IsAliveAsync(agent);
    }

    private static async Task IsAliveAsync(AgentSession agent)
    {
        await agent.PingAsync();
        var (exit, program) = await agent.RunAsync(new Start("/bin/echo", "alive"));
        Assert.Equal((0, "alive\n"), (exit.Code, program.Stdout));
    }
}
