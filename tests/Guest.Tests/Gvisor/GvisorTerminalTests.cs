using Sandbox.Guest.Tests.Agent;
using Sandbox.Guest.Tests.Terminals;

namespace Sandbox.Guest.Tests.Gvisor;

/// <summary>Terminals in gVisor, and programs that fill the screen.</summary>
public sealed class GvisorTerminalTests(GuestBinaries binaries) : TerminalScenarios
{
    private const string Escape = "\u001b";

    private protected override Task<AgentSession> StartAsync() => RunscAgent.StartAsync(binaries);

    [Fact(Timeout = 60_000)]
    public async Task Vim_edits_and_saves_a_file()
    {
        await using var agent = await StartAsync();
        await agent.RunAsync(Start.Shell("printf 'first\\nsecond\\n' > /tmp/edited"));
        var terminal = new Terminal(agent.Start(Start.Terminal("vim", "/tmp/edited")));
        await terminal.InVimAsync(terminal.SeeAsync("second"));
        await terminal.TypeAsync("othird ä€");
        await terminal.InVimAsync(terminal.SeeAsync("third ä€"));
        // In insert mode this is the end of it, and no signal.
        await terminal.TypeAsync("\u0003");
        await terminal.InVimAsync(terminal.SeeAsync("2,9-8"));
        terminal.Program.Resize(40, 100);
        await terminal.InVimAsync(terminal.SeeAsync("[39;1H"));
        await terminal.TypeAsync(":set lines? columns?\r");
        await terminal.InVimAsync(terminal.SeeAsync("lines=40"));
        await terminal.InVimAsync(terminal.SeeAsync("columns=100"));
        await terminal.TypeAsync("\r:wq\r");
        Assert.Equal(0, (await terminal.InVimAsync(terminal.Program.EndedAsync())).Code);
        var (_, file) = await agent.RunAsync(Start.Shell("cat /tmp/edited"));
        Assert.Equal("first\nthird ä€\nsecond\n", file.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task Top_draws_and_quits()
    {
        await using var agent = await StartAsync();
        var terminal = new Terminal(agent.Start(Start.Terminal("top", "-d", "1")));
        await terminal.SeeAsync("PID");
        await terminal.SeeAsync("top");
        await terminal.SeeAsync("load average");
        await terminal.TypeAsync("q");
        Assert.Equal(0, (await terminal.Program.EndedAsync()).Code);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("seq 1000 > /tmp/lines; exec less /tmp/lines")]
    [InlineData("seq 1000 | less")]
    public async Task Less_pages_searches_and_quits(string script)
    {
        await using var agent = await StartAsync();
        var terminal = new Terminal(agent.Start(Start.Terminal("/bin/sh", "-c", script)));
        await terminal.SeeAsync("23\r\n");
        await terminal.TypeAsync(" ");
        await terminal.SeeAsync("46\r\n");
        await terminal.TypeAsync("/777\r");
        await terminal.SeeAsync("799\r\n");
        await terminal.TypeAsync("q");
        Assert.Equal(0, (await terminal.Program.EndedAsync()).Code);
    }

    [Fact(Timeout = 60_000)]
    public async Task Python_edits_its_lines_and_is_interrupted()
    {
        await using var agent = await StartAsync();
        var terminal = new Terminal(agent.Start(Start.Terminal("python3", "-q")));
        await terminal.SeeAsync(">>> ");
        await terminal.DoAsync("6 * 7", "42\r\n");
        await terminal.SeeAsync(">>> ");
        // The line before, with its last character replaced.
        await terminal.DoAsync($"{Escape}[A\u007f8", "48\r\n");
        await terminal.SeeAsync(">>> ");
        await terminal.DoAsync("print('wait' + 'ing'); input()", "waiting\r\n");
        await terminal.TypeAsync("half a line");
        await terminal.SeeAsync("half a line");
        await terminal.TypeAsync("\u0003");
        await terminal.SeeAsync("KeyboardInterrupt");
        await terminal.SeeAsync(">>> ");
        // Otherwise Python says at its end that it was interrupted.
        await terminal.DoAsync("7 * 7", "49\r\n");
        await terminal.SeeAsync(">>> ");
        await terminal.TypeAsync("\u0004");
        var exit = await terminal.Program.EndedAsync();
        Assert.True(exit.Code == 0, $"{exit} {terminal.Program.Screen}");
    }

    [Fact(Timeout = 60_000)]
    public async Task An_unfinished_line_goes_with_the_signal()
    {
        await using var agent = await StartAsync();
        var shell = await Terminal.ShellAsync(agent);
        await shell.DoAsync("sh -c 'trap \"echo interrup\"\"ted\" INT; echo star\"\"ted; while :; do sleep 0.1; read x && echo \"<$x>\"; done'", "started\r\n");
        await shell.TypeAsync("secret\u0003");
        await shell.SeeAsync("^C");
        await shell.SeeAsync("interrupted\r\n");
        await shell.DoAsync("next", "<next>");
    }

    [Theory(Timeout = 60_000)]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task A_program_with_a_terminal_can_do_no_more_than_others(uint user)
    {
        await using var agent = await StartAsync();
        const string script = "unshare -U true; unshare -m true; mount -t tmpfs x /tmp; umount /dev/tty 2>/dev/null || echo no; touch /proc/sys/x; ls / | tr '\\n' ' '; grep -E '^(Cap|NoNew)' /proc/self/status; ulimit -a";
        var (_, terminal) = await agent.RunAsync(Start.Terminal("/bin/sh", "-c", script) with { User = user });
        var (_, pipes) = await agent.RunAsync(Start.Shell($"exec 2>&1; {script}") with { User = user, Environment = Start.Terminal("x").Environment });
        Assert.Contains("unshare: unshare failed: Operation not permitted", pipes.Stdout);
        Assert.Equal(pipes.Stdout, terminal.Screen.Replace("\r\n", "\n", StringComparison.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_controlling_terminal_can_be_opened_by_its_name_and_no_other_has_one()
    {
        await using var agent = await StartAsync();
        var (exit, program) = await agent.RunAsync(Start.Terminal("/bin/sh", "-c", "(echo in > /dev/tty) > /tmp/out 2>&1 < /dev/null; cat /tmp/out; stty size < /dev/tty"));
        Assert.Equal(0, exit.Code);
        Assert.Equal("in\r\n24 80\r\n", program.Screen);
        var (_, pipes) = await agent.RunAsync(Start.Shell("(echo x > /dev/tty) 2>/dev/null || echo none"));
        Assert.Equal("none\n", pipes.Stdout);
    }
}
