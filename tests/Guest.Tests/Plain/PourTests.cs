using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

/// <summary>The FIFO, the file in its place and the result channel, with the shell for an interpreter.</summary>
public sealed class PourTests(GuestBinaries binaries)
{
    private const string Script = "/tmp/guest-test-mould";
    private const string Result = "/tmp/guest-test-result";

    [Fact(Timeout = 60_000)]
    public async Task A_mould_runs_what_is_poured_and_finds_a_file_in_its_place()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var mould = await WaitingAsync(agent);
        mould.Pour($"stat -c %F:%a {Script}; wc -l < {Script}; echo '[1]' > {Result}\n", Start.Result);
        Assert.Equal(FrameType.Poured, (await mould.PourAnswer).Type);
        Assert.Equal(0, (await mould.EndedAsync()).Code);
        Assert.Equal("regular file:644\n1\n", mould.Stdout);
        Assert.Equal("[1]\n", mould.Result);
        await mould.End(3);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_pour_right_behind_the_start_works_as_well()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var mould = agent.Start(Mould());
        mould.Pour("echo poured", Start.Result);
        Assert.Equal(0, (await mould.EndedAsync()).Code);
        Assert.Equal("poured", mould.Stdout.Trim());
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_megabytes_are_poured_whole()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(new Start("/usr/bin/cksum", Script) { Flags = Start.NoStdin | Start.Mould, MouldPath = Script });
        var code = string.Concat(Enumerable.Range(0, 180_000).Select(i => $"line {i:d4}\n"));
        program.Pour(code);
        Assert.Equal(0, (await program.EndedAsync()).Code);
        var (_, again) = await agent.RunAsync(new Start("/usr/bin/cksum", Script));
        Assert.Equal(again.Stdout, program.Stdout);
        Assert.Contains($" {code.Length} ", program.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_unwanted_result_channel_ends_and_its_path_is_gone()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var mould = await WaitingAsync(agent);
        mould.Pour($"test -e {Result} || echo gone; read x < /dev/zero\n");
        await mould.End(3);
        await mould.UntilAsync(() => mould.Stdout == "gone\n");
        Assert.False(mould.HasExited);
        mould.Signal(9);
        await mould.EndedAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Files_are_made_before_the_code_runs()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var mould = await WaitingAsync(agent);
        mould.Pour("cat /tmp/guest-test-1 /tmp/guest-test-2\n", Start.Result, null, ("/tmp/guest-test-1", "one "), ("/tmp/guest-test-2", "two"));
        await mould.EndedAsync();
        Assert.Equal("one two", mould.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_pour_that_fails_leaves_the_mould_waiting()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var mould = await WaitingAsync(agent);
        mould.Pour("echo never", Start.Result, null, ("/etc/passwd", "x"));
        var failed = await mould.PourAnswer;
        Assert.Equal((FrameType.StartFailed, 1, 17u), (failed.Type, failed.Payload[4], failed.UInt32(0)));
        await agent.PingAsync();
        Assert.False(mould.HasExited);
        mould.Signal(9);
        Assert.Equal(9, (await mould.EndedAsync()).Signal);
        Assert.Equal("", mould.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_no_waiting_mould_is_not_poured()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var ended = await WaitingAsync(agent);
        ended.Signal(9);
        await ended.EndedAsync();
        ended.Pour("echo");
        Assert.Equal((FrameType.StartFailed, 6), await StageAsync(ended));

        var plain = agent.Start(new Start("/bin/sleep", "1000"));
        plain.Pour("echo");
        Assert.Equal(FrameType.Started, (await plain.Answer).Type);
        Assert.Equal((FrameType.StartFailed, 6), await StageAsync(plain));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mould_does_not_wait_beside_code_that_runs(bool pour)
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var mould = await WaitingAsync(agent);
        var other = agent.Start(new Start("/bin/sh", "/tmp/guest-test-other") { Flags = Start.NoStdin | Start.Mould, MouldPath = "/tmp/guest-test-other" });
        var check = $"for i in {Script} {Result}; do test -e $i && echo $i; done; echo checked";
        if (pour)
            other.Pour(check);
        else
            other = agent.Start(Start.Shell(check));
        Assert.Equal(0, (await other.EndedAsync()).Code);
        Assert.Equal("checked\n", other.Stdout);
        Assert.Equal(9, (await mould.EndedAsync()).Signal);

        var late = await agent.Start(Mould()).Answer;
        Assert.Equal((FrameType.StartFailed, 6, 1u), (late.Type, late.Payload[4], late.UInt32(0)));
        mould.Pour("echo never");
        Assert.Equal((FrameType.StartFailed, 6), await StageAsync(mould));
        Assert.Equal("", mould.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_end_of_a_mould_is_told_as_any_end()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var mould = agent.Start(new Start("/bin/sh", "-c", "exit 4") { Flags = Start.NoStdin | Start.Mould, MouldPath = Script, ResultPath = Result });
        Assert.Equal(4, (await mould.EndedAsync()).Code);
        await mould.End(3);
    }

    private static async Task<(FrameType, int)> StageAsync(GuestProgram program)
    {
        var answer = await program.PourAnswer;
        return (answer.Type, answer.Payload[4]);
    }

    private static Start Mould() => new("/bin/sh", Script) { Flags = Start.NoStdin | Start.Mould, MouldPath = Script, ResultPath = Result };

    private static async Task<GuestProgram> WaitingAsync(AgentSession agent)
    {
        var mould = agent.Start(Mould());
        Assert.Equal(FrameType.Started, (await mould.Answer).Type);
        return mould;
    }
}
