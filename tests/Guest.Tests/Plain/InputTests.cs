using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

public sealed class InputTests(GuestBinaries binaries)
{
    private const int Window = 65_536;

    [Fact(Timeout = 60_000)]
    public async Task Input_goes_through_within_its_window_and_ends_when_told()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(new Start("/bin/cat") { Flags = 0 });
        var bytes = new byte[1_000_000];
        new Random(7).NextBytes(bytes);
        for (var sent = 0; sent < bytes.Length;)
        {
            await program.UntilAsync(() => sent - (long)program.InputAcknowledged < Window);
            var count = Math.Min(bytes.Length - sent, Window - (int)((ulong)sent - program.InputAcknowledged));
            program.Write((ulong)sent, bytes.AsSpan(sent, count));
            sent += count;
        }

        program.EndInput((ulong)bytes.Length);
        Assert.Equal(0, (await program.EndedAsync()).Code);
        Assert.True(bytes.AsSpan().SequenceEqual(program.Output(1)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Input_and_its_end_may_come_before_the_program_is_born()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        for (var i = 0; i < 10; i++)
        {
            var program = agent.Start(new Start("/bin/cat") { Flags = 0 });
            program.Write(0, "a"u8);
            program.Write(1, "bc"u8);
            program.EndInput(3);
            Assert.Equal(0, (await program.EndedAsync()).Code);
            Assert.Equal("abc", program.Stdout);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Input_is_acknowledged_by_quarters_of_its_window()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(new Start("/bin/cat") { Flags = 0 });
        program.Write(0, new byte[(Window / 4) - 1]);
        await program.UntilAsync(() => program.Received(1) == (Window / 4) - 1);
        await agent.PingAsync();
        Assert.Equal(0ul, program.InputAcknowledged);

        program.Write((Window / 4) - 1, new byte[1]);
        await program.UntilAsync(() => program.InputAcknowledged == Window / 4);
        program.EndInput(Window / 4);
        await program.EndedAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_program_that_does_not_read_holds_only_the_window()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(new Start("/bin/sleep", "1000") { Flags = 0 });
        // The pipe takes the first window, the agent keeps the second.
        program.Write(0, new byte[Window]);
        await program.UntilAsync(() => program.InputAcknowledged == Window);
        program.Write(Window, new byte[Window]);
        await agent.PingAsync();
        Assert.Equal((ulong)Window, program.InputAcknowledged);
        program.Signal(9);
        await program.EndedAsync();
        await program.UntilAsync(() => program.InputAcknowledged == ulong.MaxValue);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_program_that_closes_its_input_is_told_of_and_the_rest_discarded()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var program = agent.Start(Start.Shell("exec <&-; echo closed; while :; do sleep 1; done") with { Flags = 0 });
        await program.UntilAsync(() => program.InputAcknowledged == ulong.MaxValue);
        program.Write(0, new byte[Window]);
        program.Write(Window, new byte[Window]);
        program.EndInput(2 * Window);
        await agent.PingAsync();
        Assert.False(program.HasExited);
        program.Signal(9);
        await program.EndedAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_an_input_a_program_reads_the_end_of_file()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var (exit, program) = await agent.RunAsync(Start.Shell("wc -c; readlink /proc/self/fd/0"));
        Assert.Equal(0, exit.Code);
        Assert.Equal("0\n/dev/null\n", program.Stdout);
    }
}
