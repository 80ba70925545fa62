using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

public sealed class ProcessTests(GuestBinaries binaries)
{
    private const int ErrnoNoEntry = 2;
    private const int ErrnoExists = 17;
    private const int ErrnoInvalid = 22;

    [Fact(Timeout = 60_000)]
    public async Task A_program_gets_its_arguments_environment_directory_and_user()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var (exit, program) = await agent.RunAsync(
            new Start("/bin/sh", "-c", "echo \"$0|$1|$X\"; pwd; id -u; id -G; umask; exec env", "a b", "") { Environment = ["X=1 2", "EMPTY="], Directory = "/usr" });
        Assert.Equal(0, exit.Code);
        Assert.StartsWith("a b||1 2\n/usr\n1000\n1000\n0022\n", program.Stdout);
        Assert.Contains("EMPTY=\n", program.Stdout);
        Assert.DoesNotContain("ASAN_OPTIONS", program.Stdout);
        Assert.Equal("", program.Stderr);
    }

    [Fact(Timeout = 60_000)]
    public async Task Streams_and_exit_codes_are_kept_apart()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var (exit, program) = await agent.RunAsync(Start.Shell("echo out; echo err >&2; exit 7"));
        Assert.Equal((7, "out\n", "err\n"), (exit.Code, program.Stdout, program.Stderr));
        var (killed, _) = await agent.RunAsync(Start.Shell("kill -SEGV $$"));
        Assert.Equal(11, killed.Signal);
        Assert.True(killed.PeakBytes > 0);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_program_can_open_its_own_streams_again()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var (_, program) = await agent.RunAsync(Start.Shell("echo out > /dev/stdout; echo err > /dev/stderr; cat /dev/stdin; echo end"));
        Assert.Equal(("out\nend\n", "err\n"), (program.Stdout, program.Stderr));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_cannot_be_started_says_at_which_stage_and_may_be_tried_again()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        await FailsAsync(agent, new Start("no-such-program") { Id = "x" }, stage: 4, ErrnoNoEntry);
        await FailsAsync(agent, new Start("/etc") { Id = "x" }, stage: 4, 13);
        await FailsAsync(agent, new Start("/bin/true") { Id = "x", Directory = "/no/such" }, stage: 2, ErrnoNoEntry);
        await FailsAsync(agent, new Start("/bin/true") { Id = "x", Directory = "relative" }, stage: 5, ErrnoInvalid);
        await FailsAsync(agent, new Start("/bin/true", "a\0b") { Id = "x" }, stage: 5, ErrnoInvalid);
        await FailsAsync(agent, new Start("/bin/true") { Id = "x", File = ("/etc/passwd", "x") }, stage: 1, ErrnoExists);
        await FailsAsync(agent, new Start("/bin/true") { Id = "x", File = ("/not-mine", "x") }, stage: 1, 13);
        await FailsAsync(agent, new Start("/bin/true") { Id = "x", Limits = [(99, 1)] }, stage: 5, ErrnoInvalid);
        var (exit, _) = await agent.RunAsync(new Start("/bin/true") { Id = "x" });
        Assert.Equal(0, exit.Code);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_file_is_made_as_the_program_itself_and_never_over_a_link()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var (_, made) = await agent.RunAsync(Start.Shell("cat /tmp/guest-test-file; stat -c %a:%u:%g /tmp/guest-test-file") with { File = ("/tmp/guest-test-file", "content\n") });
        Assert.Equal("content\n644:1000:1000\n", made.Stdout);
        await agent.RunAsync(Start.Shell("ln -s /tmp/guest-test-target /tmp/guest-test-link"));
        await FailsAsync(agent, new Start("/bin/true") { File = ("/tmp/guest-test-link", "x") }, stage: 1, ErrnoExists);
        var (_, target) = await agent.RunAsync(Start.Shell("ls /tmp/guest-test-target"));
        Assert.NotEqual("", target.Stderr);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_id_starts_one_program_however_often_it_is_asked_for()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var first = agent.Start(new Start("/bin/sleep", "100") { Id = "one" });
        var started = await first.Answer;
        for (var again = 0; again < 3; again++)
        {
            var answer = await agent.Start(new Start("/bin/false") { Id = "one" }).Answer;
            Assert.Equal((FrameType.Started, 1), (answer.Type, answer.Payload[4]));
            Assert.Equal(started.UInt32(0), answer.UInt32(0));
        }

        first.Signal(9);
        await first.EndedAsync();
        first.Forget();
        var forgotten = await agent.Start(new Start("/bin/false") { Id = "one" }).Answer;
        Assert.Equal(1, forgotten.Payload[4]);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_hundred_programs_run_at_once()
    {
        await using var agent = await PlainAgent.StartAsync(binaries, new Configuration { Processes = 1000 });
        var programs = Enumerable.Range(0, 100).Select(i => agent.Start(Start.Shell($"read x; echo {i} $x") with { Flags = 0 })).ToList();
        foreach (var program in programs)
            Assert.Equal(FrameType.Started, (await program.Answer).Type);
        foreach (var program in programs)
            program.Write(0, "go\n"u8);
        foreach (var (program, i) in programs.Select((program, i) => (program, i)))
        {
            Assert.Equal(0, (await program.EndedAsync()).Code);
            Assert.Equal($"{i} go\n", program.Stdout);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task The_1025th_record_is_refused_until_one_is_forgotten()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var programs = new List<GuestProgram>();
        for (var i = 0; i < 1024; i++)
        {
            programs.Add(agent.Start(new Start("/bin/true")));
            if (i % 64 == 63) await programs[^1].EndedAsync();
        }

        foreach (var program in programs) await program.EndedAsync();
        await FailsAsync(agent, new Start("/bin/true"), stage: 5, errno: 11);
        programs[500].Forget();
        var (exit, _) = await agent.RunAsync(new Start("/bin/true"));
        Assert.Equal(0, exit.Code);
    }

    [Fact(Timeout = 60_000)]
    public async Task No_zombies_are_left()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var (_, orphans) = await agent.RunAsync(Start.Shell("for i in 1 2 3 4 5 6 7 8; do (sh -c 'exit 3' & exec true) & done; wait; echo made"));
        Assert.Equal("made\n", orphans.Stdout);
        var (_, states) = await agent.RunAsync(Start.Shell("for i in $(seq 100); do grep -ls '^State:.Z' /proc/[0-9]*/status || exit 0; done; exit 1"));
        Assert.Equal("", states.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_program_left_behind_does_not_hold_up_what_its_parent_wrote()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(Start.Shell("mkfifo /tmp/guest-test-gate; (read x < /tmp/guest-test-gate; echo late) & echo early"));
        await program.EndedAsync();
        Assert.Equal("early\n", program.Stdout);
        await agent.RunAsync(Start.Shell("echo > /tmp/guest-test-gate"));
        await program.End(1);
        Assert.Equal("early\nlate\n", program.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_forgotten_process_loses_its_channels()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(Start.Shell("(trap '' PIPE; while echo x; do sleep 0.01; done; echo broken > /tmp/guest-test-broken) & exit 0"));
        await program.EndedAsync();
        program.Forget();
        var (exit, _) = await agent.RunAsync(Start.Shell("for i in $(seq 1000); do test -s /tmp/guest-test-broken && exit 0; sleep 0.01; done; exit 1"));
        Assert.Equal(0, exit.Code);
    }

    [Fact(Timeout = 60_000)]
    public async Task Limits_of_the_sandbox_and_of_the_start_hold()
    {
        await using var agent = await PlainAgent.StartAsync(binaries, new Configuration { OpenFiles = 99, Processes = 77 });
        var (_, program) = await agent.RunAsync(new Start("/bin/bash", "-c", "ulimit -n; ulimit -u; ulimit -f; ulimit -c") { Limits = [(1, 4096)] });
        Assert.Equal("99\n77\n4\n0\n", program.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_result_channel_is_descriptor_3()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var (exit, program) = await agent.RunAsync(Start.Shell("echo out; echo result >&3") with { Flags = Start.NoStdin | Start.Result });
        Assert.Equal(0, exit.Code);
        Assert.Equal(("out\n", "result\n"), (program.Stdout, program.Result));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_megabyte_of_arguments_and_variables_arrives()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var many = Enumerable.Range(0, 10_000).Select(i => $"argument-{i}").ToArray();
        var (exit, program) = await agent.RunAsync(new Start(["/bin/sh", "-c", "echo $# $1 ${10000} $V9999", "sh", .. many])
        {
            Environment = [.. Enumerable.Range(0, 10_000).Select(i => $"V{i}={new string('x', 50)}{i}")],
        });
        Assert.Equal(0, exit.Code);
        Assert.Equal($"10000 argument-0 argument-9999 {new string('x', 50)}9999\n", program.Stdout);
    }

    private static async Task FailsAsync(AgentSession agent, Start start, byte stage, int errno)
    {
        var answer = await agent.Start(start).Answer;
        Assert.Equal((FrameType.StartFailed, stage, errno), (answer.Type, answer.Payload[4], (int)answer.UInt32(0)));
        Assert.NotEmpty(answer.Text[5..]);
    }
}
