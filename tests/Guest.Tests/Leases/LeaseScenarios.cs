using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Leases;

/// <summary>What holds of the lease on every kernel.</summary>
public abstract class LeaseScenarios
{
    private protected abstract Task<AgentSession> StartAsync();

    [Fact(Timeout = 60_000)]
    public async Task A_program_stands_still_when_the_lease_is_over_and_goes_on_with_the_next()
    {
        await using var agent = await StartAsync();
        var counter = await CounterAsync(agent);
        agent.Lease(1);
        var count = await StoppedAsync(agent, counter);
        agent.Lease(60_000);
        await counter.UntilAsync(() => counter.Received(1) > count);
        // Once more, and this time for ever.
        agent.Lease(1);
        count = await StoppedAsync(agent, counter);
        agent.Lease(0);
        await counter.UntilAsync(() => counter.Received(1) > count);
        AssertCounts(counter.Stdout);
        counter.Signal(9);
        await counter.EndedAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_lease_that_is_renewed_in_time_stops_nobody()
    {
        await using var agent = await StartAsync();
        var counter = agent.Start(Start.Python("import signal, time\nfor i in range(200): print(i, flush=True); time.sleep(0.005)"));
        // Whoever was stopped and let go on has been continued, which the shell would be told of.
        while (!counter.HasExited)
        {
            agent.Lease(20_000);
            await agent.PingAsync();
            await Task.WhenAny(counter.Exit, Task.Delay(50, TestContext.Current.CancellationToken));
        }

        Assert.Equal(0, (await counter.EndedAsync()).Code);
        AssertCounts(counter.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_was_stopped_before_stays_stopped_after()
    {
        await using var agent = await StartAsync();
        var own = await CounterAsync(agent);
        var other = await CounterAsync(agent);
        own.Signal(19);
        await StoppedAsync(agent, own);
        agent.Lease(1);
        await StoppedAsync(agent, other);
        var count = own.Received(1);
        var others = other.Received(1);
        agent.Lease(0);
        await other.UntilAsync(() => other.Received(1) > others + 200);
        Assert.Equal(count, own.Received(1));
        own.Signal(18);
        await own.UntilAsync(() => own.Received(1) > count);
        AssertCounts(own.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_forks_while_it_is_stopped_is_stopped_whole()
    {
        await using var agent = await StartAsync();
        var forker = agent.Start(Start.Shell("i=0; while :; do i=$((i+1)); (echo $i); done"));
        await forker.UntilAsync(() => forker.Received(1) > 0);
        for (var round = 0; round < 5; round++)
        {
            agent.Lease(1);
            var count = await StoppedAsync(agent, forker);
            agent.Lease(0);
            await forker.UntilAsync(() => forker.Received(1) > count);
        }

        AssertCounts(forker.Stdout, 1);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_shell_does_not_take_its_job_for_stopped()
    {
        await using var agent = await StartAsync();
        var witness = await CounterAsync(agent);
        var shell = await Terminal.ShellAsync(agent);
        await shell.TypeAsync("sh -c 'echo star\"\"ted; until test -e /tmp/go; do sleep 0.05; done; echo do\"\"ne'\r");
        await shell.SeeAsync("started\r\n");
        for (var round = 0; round < 3; round++)
        {
            agent.Lease(1);
            var count = await StoppedAsync(agent, witness);
            agent.Lease(0);
            await witness.UntilAsync(() => witness.Received(1) > count);
        }

        await agent.RunAsync(Start.Shell("touch /tmp/go"));
        var rest = await shell.SeeAsync("done\r\n");
        Assert.DoesNotContain("Stopped", rest);
    }

    [Fact(Timeout = 60_000)]
    public async Task Held_the_lease_does_not_count_and_a_resume_lifts_it()
    {
        await using var agent = await StartAsync();
        var counter = await CounterAsync(agent);
        agent.Lease(1);
        var count = await StoppedAsync(agent, counter);
        await agent.HoldAsync();
        Assert.Equal(count, counter.Received(1));
        await agent.ResumeAsync(Resume.Original);
        await counter.UntilAsync(() => counter.Received(1) > count + 200);
        AssertCounts(counter.Stdout);
    }

    /// <summary>A program that counts and has begun to.</summary>
    private protected static async Task<GuestProgram> CounterAsync(AgentSession agent)
    {
        var counter = agent.Start(Start.Python("import time\ni = 0\nwhile True: print(i, flush=True); i += 1; time.sleep(0.002)"));
        await counter.UntilAsync(() => counter.Received(1) > 0);
        return counter;
    }

    /// <summary>Waits until the program does not advance any more; returns what it had written by then.</summary>
    private protected static async Task<long> StoppedAsync(AgentSession agent, GuestProgram counter)
    {
        for (var stood = 0; ;)
        {
            var before = counter.Received(1);
            await Task.Delay(100, TestContext.Current.CancellationToken);
            await agent.PingAsync();
            stood = counter.Received(1) == before ? stood + 1 : 0;
            // A program that writes all the time has not done so for half a second, while the agent answered.
            if (stood == 5) return before;
        }
    }

    private protected static void AssertCounts(string lines, int first = 0)
    {
        var numbers = lines.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < numbers.Length - 1; i++)
            Assert.Equal(i + first, int.Parse(numbers[i], System.Globalization.CultureInfo.InvariantCulture));
    }
}
