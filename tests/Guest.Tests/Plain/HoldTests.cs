using System.Globalization;
using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

/// <summary>HOLD and RESUME on one link: what a checkpoint that leaves the sandbox running does to it.</summary>
public sealed class HoldTests(GuestBinaries binaries)
{
    [Fact(Timeout = 120_000)]
    public async Task Held_under_a_flood_of_output_nothing_is_lost_or_doubled()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var programs = Enumerable.Range(1, 6).Select(i => agent.Start(Start.Shell($"seq {i}0000 {i}99999 >&2 & seq {i} 200000; wait"))).ToList();
        for (var round = 0; round < 20; round++)
        {
            var before = programs.Sum(program => program.Received(1));
            await programs[round % 6].UntilAsync(() => programs[round % 6].HasDrained || programs.Sum(program => program.Received(1)) > before);
            await agent.HoldAsync();
            await agent.ResumeAsync(Resume.Original);
        }

        foreach (var (program, i) in programs.Select((program, i) => (program, i + 1)))
        {
            Assert.Equal(0, (await program.EndedAsync()).Code);
            Assert.True(program.Stdout == Lines(i, 200_000), $"stdout of {i}");
            Assert.True(program.Stderr == Lines(i * 10_000, (i * 100_000) + 99_999), $"stderr of {i}");
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_host_that_reads_late_still_gets_held_as_the_last_frame()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(new Start("/usr/bin/seq", "300000"));
        await program.UntilAsync(() => program.Received(1) > 0);
        agent.IsReadingPaused = true;
        for (ulong i = 0; i < 4000; i++)
            agent.Send(new Frame(FrameType.Ping, 0, 0, Frame.Bytes(i)));
        agent.Hold();
        agent.IsReadingPaused = false;
        for (ulong i = 0; i < 4000; i++)
            Assert.Equal(i, (await agent.NextAsync()).UInt64(0));
        await agent.HeldAsync();
        await agent.ResumeAsync(Resume.Original);
        Assert.Equal(0, (await program.EndedAsync()).Code);
        Assert.Equal(Lines(1, 300_000), program.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task Programs_run_on_while_held_and_what_they_did_is_told_after_it()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var clock = agent.Start(Start.Python("import time\nwhile time.sleep(0.005) is None: print(time.monotonic_ns() // 1000000, flush=True)"));
        var mortal = agent.Start(Start.Shell("echo alive; sleep 0.1; exit 7"));
        await clock.UntilAsync(() => clock.Received(1) > 0);
        await mortal.UntilAsync(() => mortal.Received(1) > 0);
        await agent.HoldAsync();
        var held = Environment.TickCount64;
        // How long the sandbox is held, not what is waited for.
        await Task.Delay(300, TestContext.Current.CancellationToken);
        var resumed = Environment.TickCount64;
        await agent.ResumeAsync(Resume.Original);
        await clock.UntilAsync(() => long.Parse(clock.Stdout.TrimEnd().Split('\n')[^1], CultureInfo.InvariantCulture) > resumed);
        Assert.Contains(clock.Stdout.Split('\n')[..^1], line => long.Parse(line, CultureInfo.InvariantCulture) is var at && at > held + 20 && at < resumed - 20);
        Assert.Equal(7, (await mortal.EndedAsync()).Code);
    }

    [Fact(Timeout = 60_000)]
    public async Task Births_and_a_pour_that_go_on_are_answered_after_it()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        const string script = "/tmp/guest-test-mould";
        var mould = agent.Start(new Start("/bin/sh", script) { Flags = Start.NoStdin | Start.Mould, MouldPath = script });
        Assert.Equal(FrameType.Started, (await mould.Answer).Type);
        mould.Pour($"echo {new string('x', 200_000)}");
        var programs = Enumerable.Range(0, 30).Select(i => agent.Start(new Start("/bin/echo", $"{i}"))).ToList();
        await agent.HoldAsync();
        await agent.ResumeAsync(Resume.Original);
        await agent.HoldAsync();
        await agent.ResumeAsync(Resume.Original);
        foreach (var (program, i) in programs.Select((program, i) => (program, i)))
        {
            Assert.Equal(0, (await program.EndedAsync()).Code);
            Assert.Equal($"{i}\n", program.Stdout);
        }

        Assert.Equal(0, (await mould.EndedAsync()).Code);
        Assert.Equal(200_001, mould.Received(1));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_held_shutdown_and_the_end_of_the_link_mean_what_they_always_do(bool shutdown)
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        await agent.Start(new Start("/bin/sleep", "1000")).Answer;
        await agent.HoldAsync();
        if (shutdown)
            agent.Send(new Frame(FrameType.Shutdown, 0, 0, []));
        else
            agent.Close();
        Assert.Equal(0, await agent.ExitedAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task In_a_quiet_copy_every_program_has_ended_by_resumed_and_none_is_started()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var forks = agent.Start(Start.Shell("trap '' TERM HUP INT; echo up; while :; do (setsid sleep 100 &) & sleep 0.01; done"));
        var stopped = agent.Start(Start.Shell("echo up; kill -STOP $$"));
        await forks.UntilAsync(() => forks.Received(1) > 0);
        await stopped.UntilAsync(() => stopped.Received(1) > 0);
        await agent.HoldAsync();
        await agent.ResumeAsync(Resume.Copy("copy") with { Quiet = true });
        foreach (var program in new[] { forks, stopped }) Assert.Equal(9, (await program.EndedAsync()).Signal);
        var late = await agent.Start(new Start("/bin/true")).Answer;
        Assert.Equal((FrameType.StartFailed, 3u), (late.Type, late.UInt32(0))); // ESRCH
    }

    public static TheoryData<string> Wrong => [.. _wrong.Keys];

    /// <summary>What the host sends after HELD.</summary>
    private static readonly Dictionary<string, Frame> _wrong = new()
    {
        ["a second HOLD"] = new(FrameType.Hold, 0, 0, []),
        ["a ping"] = new(FrameType.Ping, 0, 0, new byte[8]),
        ["a lease"] = new(FrameType.Lease, 0, 0, new byte[4]),
        ["an acknowledgement"] = new(FrameType.OutputAck, 1, 1, new byte[8]),
        ["a start"] = new(FrameType.Start, 0, 1, new Start("/bin/true").ToFields(1).ToArray()),
        ["a shutdown with a payload"] = new(FrameType.Shutdown, 0, 0, new byte[1]),
        ["a RESUME about a process"] = new(FrameType.Resume, 0, 1, Resume.Original.ToFields().ToArray()),
        ["a RESUME about a channel"] = new(FrameType.Resume, 1, 0, Resume.Original.ToFields().ToArray()),
        ["a RESUME without fields"] = new(FrameType.Resume, 0, 0, []),
        ["a RESUME cut short"] = new(FrameType.Resume, 0, 0, Resume.Original.ToFields().ToArray()[..^1]),
        ["a RESUME with an unknown tag"] = new(FrameType.Resume, 0, 0, Resume.Original.ToFields().Add(5, "x").ToArray()),
        ["a RESUME with tag 0"] = new(FrameType.Resume, 0, 0, Resume.Original.ToFields().Add(0, "x").ToArray()),
        ["a RESUME with two generations"] = new(FrameType.Resume, 0, 0, Resume.Copy("a").ToFields().Add(3, "b").ToArray()),
        ["a RESUME with an unknown flag"] = new(FrameType.Resume, 0, 0, new Fields().Add(1, 4u).ToArray()),
        ["a quiet original"] = new(FrameType.Resume, 0, 0, new Fields().Add(1, 2u).ToArray()),
        ["a RESUME with flags of 8 bytes"] = new(FrameType.Resume, 0, 0, new Fields().Add(1, 0ul).ToArray()),
        ["a copy without a generation"] = new(FrameType.Resume, 0, 0, new Fields().Add(1, 1u).ToArray()),
        ["a generation of 65 bytes"] = new(FrameType.Resume, 0, 0, Resume.Copy(new string('x', 65)).ToFields().ToArray()),
        ["an empty generation"] = new(FrameType.Resume, 0, 0, Resume.Copy("").ToFields().ToArray()),
        ["a generation with a line break"] = new(FrameType.Resume, 0, 0, Resume.Copy("a\n").ToFields().ToArray()),
        ["a sandbox id with a slash"] = new(FrameType.Resume, 0, 0, (Resume.Copy("a") with { Sandbox = "a/b" }).ToFields().ToArray()),
        ["a hostname of 64 bytes"] = new(FrameType.Resume, 0, 0, (Resume.Copy("a") with { Hostname = new string('x', 64) }).ToFields().ToArray()),
        ["a hostname with a NUL"] = new(FrameType.Resume, 0, 0, (Resume.Copy("a") with { Hostname = "a\0b" }).ToFields().ToArray()),
    };

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Wrong))]
    public async Task Whatever_else_comes_before_a_good_resume_ends_the_agent_with_a_reason(string wrong)
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        agent.ExpectsFailure = true;
        await agent.HoldAsync();
        agent.Send(_wrong[wrong]);
        var failure = await agent.NextAsync();
        Assert.Equal((FrameType.Failure, 1u), (failure.Type, failure.UInt32(0)));
        Assert.Equal(1, await agent.ExitedAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task Nobody_is_held_before_ready()
    {
        await using var agent = PlainAgent.Attach(binaries);
        agent.ExpectsFailure = true;
        Assert.Equal(FrameType.Hello, (await agent.NextAsync()).Type);
        agent.SendBytes([.. new Frame(FrameType.Configure, 0, 0, new Configuration().ToFields().ToArray()).ToBytes(), .. new Frame(FrameType.Hold, 0, 0, []).ToBytes()]);
        var failure = await agent.NextAsync();
        Assert.Equal("a frame of type 12: before READY", failure.Text[4..]);
    }

    private static string Lines(int from, int to) =>
        string.Concat(Enumerable.Range(from, to - from + 1).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\n"));
}
