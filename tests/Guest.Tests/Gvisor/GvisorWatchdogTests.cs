using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Gvisor;

public sealed class GvisorWatchdogTests(GuestBinaries binaries)
{
    private static readonly Configuration _configuration = new() { MemoryBytes = 192 << 20 };

    [Theory(Timeout = 90_000)]
    [InlineData("bytearray(10**10)")]
    [InlineData("x = []\nwhile True: x.append(bytearray(10**6))")]
    [InlineData("x = []\nwhile True: x.append('y' * 1000)")]
    public async Task A_memory_bomb_ends_itself_and_nothing_else(string bomb)
    {
        await using var agent = await RunscAgent.StartAsync(binaries, _configuration);
        var other = agent.Start(Start.Python("import time\nx = bytearray(30 * 10**6)\nprint(1, flush=True)\ntime.sleep(1000)"));
        await other.UntilAsync(() => other.Stdout.Length > 0);
        var (exit, _) = await agent.RunAsync(Start.Python(bomb));
        Assert.Equal((9, true), (exit.Signal, exit.OutOfMemory));
        // An agent that gets no processor looks later, and the bomb grows on: what holds it then is the host's cgroup, which there is none of here.
        Assert.InRange(exit.PeakBytes, 50ul << 20, 2 * _configuration.MemoryBytes);
        await agent.PingAsync();
        Assert.False(other.HasExited);
    }

    [Fact(Timeout = 90_000)]
    public async Task A_bomb_of_many_forks_is_ended_and_the_sandbox_works_on()
    {
        await using var agent = await RunscAgent.StartAsync(binaries, _configuration);
        var (exit, program) = await agent.RunAsync(Start.Python(
            """
            import os
            for i in range(20):
                if os.fork() == 0:
                    x = []
                    while True: x.append(bytearray(10**6))
            for i in range(20):
                assert os.wait()[1] == 9
            print('survived')
            """));
        // They are killed one by one, and all at once when that does not help: the parent is only then among them.
        Assert.True(exit.OutOfMemory || (exit.Code == 0 && program.Stdout == "survived\n"), program.Stderr);

        // As long as some of the bomb is left, it may take along what is started.
        while (true)
        {
            var (ended, echo) = await agent.RunAsync(new Start("/bin/echo", "alive"));
            if (echo.Stdout == "alive\n") break;
            Assert.Equal((9, true), (ended.Signal, ended.OutOfMemory));
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    [Fact(Timeout = 90_000)]
    public async Task Memory_that_is_in_no_program_is_given_back_too()
    {
        await using var agent = await RunscAgent.StartAsync(binaries, _configuration);
        var (exit, _) = await agent.RunAsync(Start.Python("import os\nfd = os.memfd_create('x')\nwhile True: os.write(fd, b'x' * 10**6)"));
        Assert.Equal((9, true), (exit.Signal, exit.OutOfMemory));
        var (_, echo) = await agent.RunAsync(new Start("/bin/echo", "alive"));
        Assert.Equal("alive\n", echo.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_stays_below_the_limit_is_left_alone()
    {
        await using var agent = await RunscAgent.StartAsync(binaries, _configuration);
        var (exit, program) = await agent.RunAsync(Start.Python("x = bytearray(120 * 10**6)\nprint(len(x))"));
        Assert.Equal((0, "120000000\n"), (exit.Code, program.Stdout));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_bomb_that_was_left_behind_is_ended_too()
    {
        await using var agent = await RunscAgent.StartAsync(binaries, _configuration);
        var program = agent.Start(Start.Shell("(python3 -c 'import time; time.sleep(0.2); bytearray(10**10)'; echo $?) & exit 0"));
        Assert.Equal(0, (await program.EndedAsync()).Code);
        await program.End(1);
        Assert.Equal("137\n", program.Stdout);
    }
}
