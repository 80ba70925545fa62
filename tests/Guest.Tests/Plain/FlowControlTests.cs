using System.Globalization;
using System.Text;
using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

public sealed class FlowControlTests(GuestBinaries binaries)
{
    private const int Ring = 262_144;

    [Fact(Timeout = 60_000)]
    public async Task A_program_whose_output_is_not_acknowledged_is_blocked_and_loses_nothing()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(new Start("/usr/bin/seq", "1000000"), acknowledges: false);
        await program.UntilAsync(() => program.Received(1) == Ring);
        // Whatever the agent would still send comes before this answer.
        await agent.PingAsync();
        await agent.PingAsync();
        Assert.Equal(Ring, program.Received(1));
        Assert.False(program.HasExited);

        // One byte of room is one byte more.
        program.Acknowledge(1, 1);
        await program.UntilAsync(() => program.Received(1) == Ring + 1);
        await agent.PingAsync();
        Assert.Equal(Ring + 1, program.Received(1));

        var expected = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, 1_000_000).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\n")));
        for (var acknowledged = 0L; acknowledged < expected.Length;)
        {
            await program.UntilAsync(() => program.Received(1) > acknowledged);
            acknowledged = program.Received(1);
            program.Acknowledge(1, (ulong)acknowledged);
        }

        Assert.Equal(0, (await program.EndedAsync()).Code);
        await program.End(1);
        Assert.True(expected.AsSpan().SequenceEqual(program.Output(1)));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_exit_is_told_at_once_and_what_was_written_before_it_comes_with_the_acknowledgements()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        // It fits into the ring and the pipe, so that the program ends.
        var program = agent.Start(Start.Shell("head -c 320000 /dev/zero"), acknowledges: false);
        Assert.Equal(0, (await program.Exit).Code);
        await agent.PingAsync();
        Assert.False(program.HasDrained);
        await program.UntilAsync(() => program.Received(1) == Ring);
        program.Acknowledge(1, Ring);
        await program.Drained;
        Assert.Equal(320_000, program.Received(1));
    }

    [Fact(Timeout = 60_000)]
    public async Task Output_that_another_program_reads_away_does_not_hold_up_the_end()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(
            Start.Shell("mkfifo /tmp/guest-test-gate; (read x < /tmp/guest-test-gate; head -c 1000 < /dev/stdout > /tmp/guest-test-stolen) & exec head -c 320000 /dev/zero"),
            acknowledges: false);
        await program.Exit;
        await program.UntilAsync(() => program.Received(1) == Ring);
        var (exit, _) = await agent.RunAsync(Start.Shell("echo > /tmp/guest-test-gate; while test $(stat -c %s /tmp/guest-test-stolen || echo 0) -lt 1000; do sleep 0.01; done"));
        Assert.Equal(0, exit.Code);
        Assert.False(program.HasDrained);
        program.Acknowledge(1, Ring);
        await program.Drained;
        Assert.InRange(program.Received(1), Ring, 319_000);
    }

    [Fact(Timeout = 120_000)]
    public async Task Twenty_programs_share_the_link_and_no_byte_is_lost_or_doubled()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var programs = Enumerable.Range(1, 20).Select(i => agent.Start(Start.Shell($"seq {i}000 {i}99999 >&2 & seq {i} 200000; wait"))).ToList();
        foreach (var (program, i) in programs.Select((program, i) => (program, i + 1)))
        {
            Assert.Equal(0, (await program.EndedAsync()).Code);
            Assert.True(program.Stdout == Lines(i, 200_000), $"stdout of {i}");
            Assert.True(program.Stderr == Lines(i * 1000, (i * 100_000) + 99_999), $"stderr of {i}");
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_host_that_does_not_read_gets_everything_when_it_does()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        agent.IsReadingPaused = true;
        var programs = Enumerable.Range(0, 10).Select(_ => agent.Start(Start.Shell("seq 100000; seq 50000 >&2"))).ToList();
        for (ulong i = 0; i < 1000; i++)
            agent.Send(new Frame(FrameType.Ping, 0, 0, Frame.Bytes(i)));
        agent.IsReadingPaused = false;
        for (ulong i = 0; i < 1000; i++)
            Assert.Equal(i, (await agent.NextAsync()).UInt64(0));
        foreach (var program in programs)
        {
            Assert.Equal(0, (await program.EndedAsync()).Code);
            Assert.True(program.Stdout == Lines(1, 100_000));
            Assert.True(program.Stderr == Lines(1, 50_000));
        }
    }

    private static string Lines(int from, int to) =>
        string.Concat(Enumerable.Range(from, to - from + 1).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\n"));
}
