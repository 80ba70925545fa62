using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Plain;

/// <summary>Terminals on this machine's own kernel, with the sanitizers watching.</summary>
public sealed class TerminalTests(GuestBinaries binaries)
{
    [Fact(Timeout = 60_000)]
    public async Task A_program_has_the_terminal_and_its_size_and_neither_stdout_nor_stderr_of_pipes()
    {
        await using var agent = await PlainAgent.StartAsync(binaries);
        var (exit, program) = await agent.RunAsync(Start.Terminal(
            "/bin/sh", "-c", "stty size; test -t 0 && test -t 1 && test -t 2 && echo all; stat -c '%u %a' $(tty); ps -o sid=,tpgid=,pid= -p $$ > /dev/null; echo oops >&2; exit 3") with
        { Size = (17, 1000) });
        Assert.Equal(3, exit.Code);
        await program.End(4);
        Assert.Equal("17 1000\r\nall\r\n1000 600\r\noops\r\n", program.Screen);
        Assert.Equal((0, 0), (program.Received(1), program.Received(2)));
        Assert.Equal(ulong.MaxValue, program.InputAcknowledged);
    }
}
