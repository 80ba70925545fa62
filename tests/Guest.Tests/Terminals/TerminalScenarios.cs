using System.Globalization;
using Sandbox.Guest.Tests.Agent;

namespace Sandbox.Guest.Tests.Terminals;

/// <summary>What holds of a terminal on every kernel.</summary>
public abstract class TerminalScenarios
{
    private protected abstract Task<AgentSession> StartAsync();

    [Fact(Timeout = 60_000)]
    public async Task A_program_has_the_terminal_at_its_size_and_leads_its_session()
    {
        await using var agent = await StartAsync();
        var (exit, program) = await agent.RunAsync(Start.Terminal(
            "/bin/sh", "-c", "stty size; test -t 0 && test -t 1 && test -t 2 && echo all; stat -c '%u %a' $(tty); stty -a | grep -ow -e '-*echo' -e '-*icanon' -e '-*isig' -e '-*iutf8' | sort; echo oops >&2; exit 3") with
        { Size = (17, 1000) });
        Assert.Equal(3, exit.Code);
        await program.End(4);
        Assert.Equal("17 1000\r\nall\r\n1000 600\r\necho\r\nicanon\r\nisig\r\niutf8\r\noops\r\n", program.Screen);
        Assert.Equal((0, 0), (program.Received(1), program.Received(2)));
        await program.UntilAsync(() => program.InputAcknowledged == ulong.MaxValue);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_new_size_is_seen_and_told_of()
    {
        await using var agent = await StartAsync();
        var shell = await Terminal.ShellAsync(agent);
        await shell.DoAsync("trap 'echo win\"\"ch $(stty size)' WINCH; echo rea\"\"dy", "ready");
        await shell.SeeAsync("$ ");
        shell.Program.Resize(50, 132);
        // The trap of a shell at its prompt runs with the next line.
        await shell.DoAsync("", "winch 50 132");
        await shell.DoAsync("stty size", "50 132\r\n");
        await shell.DoAsync("sleep 100 & wait; echo wait\"\"ed", "[1] ");
        shell.Program.Resize(7, 9);
        await shell.SeeAsync("winch 7 9");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_size_may_come_before_the_program_is_born_and_is_void_for_pipes_and_after_the_end()
    {
        await using var agent = await StartAsync();
        // It is there when the start is answered, which may be a little after the program has begun.
        var program = agent.Start(Start.Terminal("/bin/sh", "-c", "until [ \"$(stty size)\" = '3 4' ]; do sleep 0.01; done; stty size"));
        program.Resize(3, 4);
        await program.EndedAsync();
        Assert.Equal("3 4\r\n", program.Screen);
        program.Resize(5, 6);
        var pipes = agent.Start(new Start("/bin/cat") { Flags = 0 });
        pipes.Resize(5, 6);
        pipes.EndInput(0);
        Assert.Equal(0, (await pipes.EndedAsync()).Code);
        pipes.Resize(5, 6);
        await agent.PingAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData("\u0003", "SIGINT", 130)]
    [InlineData("\u001c", "SIGQUIT", 131)]
    public async Task A_signal_character_ends_the_foreground_program_and_the_shell_lives(string character, string name, int code)
    {
        await using var agent = await StartAsync();
        var shell = await Terminal.ShellAsync(agent);
        await shell.DoAsync("sh -c 'echo star\"\"ted; exec sleep 100'", "started\r\n");
        await shell.TypeAsync(character);
        await shell.SeeAsync("$ ");
        await shell.DoAsync("echo code=$?", $"code={code}\r\n");
        Assert.False(shell.Program.HasExited, name);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_signal_character_is_heard_behind_what_nobody_has_read()
    {
        await using var agent = await StartAsync();
        var shell = await Terminal.ShellAsync(agent);
        await shell.DoAsync("sh -c 'echo star\"\"ted; exec sleep 100'", "started\r\n");
        await shell.TypeAsync("unread\r");
        await shell.TypeAsync("more\r");
        await shell.TypeAsync("\u0003");
        await shell.SeeAsync("$ ");
        await shell.DoAsync("echo code=$?", "code=130\r\n");
    }

    [Fact(Timeout = 60_000)]
    public async Task In_raw_mode_no_character_is_a_signal()
    {
        await using var agent = await StartAsync();
        var terminal = new Terminal(agent.Start(Start.Terminal(
            "/bin/sh", "-c", "stty raw -echo; echo rea''dy; dd bs=1 count=4 2>/dev/null | od -An -tx1; stty -a | grep -o 'intr = ^C'")));
        await terminal.SeeAsync("ready");
        await terminal.TypeAsync("\u0003\u001a\u001cx");
        await terminal.SeeAsync("03 1a 1c 78");
        Assert.Equal(0, (await terminal.Program.EndedAsync()).Code);
        await terminal.SeeAsync("intr = ^C");
    }

    [Fact(Timeout = 60_000)]
    public async Task Jobs_are_stopped_listed_and_continued()
    {
        await using var agent = await StartAsync();
        var shell = await Terminal.ShellAsync(agent);
        // It waits without an exec, in which gVisor drops signals that stop a program.
        await shell.DoAsync("f=$(mktemp -u); mkfifo $f; exec 9<>$f; rm $f; echo op\"\"en", "open\r\n");
        await shell.DoAsync("sh -c 'echo star\"\"ted; read x <&9'", "started\r\n");
        await shell.TypeAsync("\u001a");
        await shell.SeeAsync("Stopped");
        await shell.SeeAsync("$ ");
        await shell.DoAsync("jobs", "[1]+  Stopped");
        await shell.DoAsync("bg", "[1]+ ");
        await shell.DoAsync("jobs", "Running");
        // The shell says what it does before it has handed over the terminal; a program that reads the terminal says when it has it.
        await shell.DoAsync("kill %1; wait; echo go\"\"ne", "gone\r\n");
        await shell.DoAsync("sh -c 'echo star\"\"ted; while read x; do echo \"<$x>\"; done'", "started\r\n");
        await shell.TypeAsync("\u001a");
        await shell.SeeAsync("Stopped");
        await shell.SeeAsync("$ ");
        await shell.DoAsync("fg", "; done'\r\n");
        await shell.DoAsync("he\u007fello", "<hello>\r\n");
        await shell.TypeAsync("\u0003");
        await shell.SeeAsync("$ ");
        await shell.DoAsync("echo code=$?", "code=130");
    }

    [Fact(Timeout = 60_000)]
    public async Task End_of_file_ends_cat_and_then_the_shell()
    {
        await using var agent = await StartAsync();
        var shell = await Terminal.ShellAsync(agent);
        await shell.DoAsync("sh -c 'echo star\"\"ted; exec cat'; echo af\"\"ter", "started\r\n");
        await shell.DoAsync("a line", "a line\r\na line\r\n");
        await shell.TypeAsync("\u0004");
        await shell.SeeAsync("after\r\n");
        await shell.SeeAsync("$ ");
        await shell.TypeAsync("\u0004");
        Assert.Equal(0, (await shell.Program.EndedAsync()).Code);
        await shell.Program.End(4);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_end_of_input_is_an_end_of_file_behind_the_input()
    {
        await using var agent = await StartAsync();
        // Both before the program is born, and to one that waits.
        foreach (var wait in (bool[])[false, true])
        {
            var terminal = new Terminal(agent.Start(Start.Terminal("/bin/sh", "-c", "echo sta''rt; cat; echo end; sleep 0.1; exec cat")));
            if (wait) await terminal.SeeAsync("start");
            await terminal.TypeAsync("one\rtwo\r");
            terminal.End();
            await terminal.SeeAsync("end\r\n");
            terminal.Program.Signal(9);
            await terminal.Program.EndedAsync();
            Assert.Equal(2, terminal.Program.Screen.Split("two").Length - 1);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Characters_and_colours_pass_unchanged()
    {
        await using var agent = await StartAsync();
        const string text = "\u001b[31mrot\u001b[0m äöü €  日本 \U0001F600\u001b]0;title\a";
        var terminal = new Terminal(agent.Start(Start.Terminal("/bin/sh", "-c", "stty -echo; echo rea''dy; read line; printf '%s|' \"$line\"")));
        await terminal.SeeAsync("ready\r\n");
        await terminal.TypeAsync(text + "\r");
        await terminal.SeeAsync(text + "|");
        await terminal.Program.EndedAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_character_is_erased_whole()
    {
        await using var agent = await StartAsync();
        var terminal = new Terminal(agent.Start(Start.Terminal("/bin/sh", "-c", "echo rea''dy; read line; echo \"<$line>\"")));
        await terminal.SeeAsync("ready\r\n");
        await terminal.TypeAsync("aä€\u007f\u007fb\r");
        await terminal.SeeAsync("<ab>");
        await terminal.Program.EndedAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_megabyte_is_pasted_and_every_byte_arrives()
    {
        await using var agent = await StartAsync();
        var lines = string.Concat(Enumerable.Range(0, 20_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i:d9} the quick brown fox jumps over the lazy dog\n")));
        var terminal = new Terminal(agent.Start(Start.Terminal("/bin/sh", "-c", "stty -echo; echo rea''dy; cat | cksum; cksum")));
        await terminal.SeeAsync("ready\r\n");
        await terminal.TypeAsync(lines);
        await terminal.TypeAsync("\u0004");
        var first = await terminal.SeeAsync("\r\n");
        await terminal.TypeAsync("x\n\u0004");
        await terminal.SeeAsync("\r\n");
        await terminal.Program.EndedAsync();
        var pipes = agent.Start(new Start("/usr/bin/cksum") { Flags = 0 });
        await new Terminal(pipes).TypeAsync(lines);
        pipes.EndInput((ulong)lines.Length);
        await pipes.EndedAsync();
        Assert.Equal(pipes.Stdout.TrimEnd(), first.TrimEnd());
    }

    [Fact(Timeout = 120_000)]
    public async Task Ten_megabytes_wait_for_slow_acknowledgements_and_none_is_lost()
    {
        const int ring = 262_144;
        await using var agent = await StartAsync();
        var program = agent.Start(Start.Terminal("/bin/sh", "-c", "seq 1000000 1999999 | head -c 8000000"), acknowledges: false);
        await program.UntilAsync(() => program.Received(4) == ring);
        await agent.PingAsync();
        await agent.PingAsync();
        Assert.Equal(ring, program.Received(4));
        Assert.False(program.HasExited);
        var acknowledged = 0L;
        while (!program.HasDrained)
        {
            await program.UntilAsync(() => program.Received(4) > acknowledged || program.HasDrained);
            acknowledged = program.Received(4);
            program.Acknowledge(4, (ulong)acknowledged);
        }

        Assert.Equal(0, (await program.EndedAsync()).Code);
        await program.End(4);
        var expected = string.Concat(Enumerable.Range(1_000_000, 1_000_000).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\r\n"));
        Assert.True(program.Screen == expected);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_program_wrote_last_comes_before_its_drained()
    {
        await using var agent = await StartAsync();
        for (var i = 0; i < 10; i++)
        {
            var (_, program) = await agent.RunAsync(Start.Terminal("/bin/sh", "-c", "head -c 3000 /dev/zero | tr '\\0' x; printf last"));
            Assert.EndsWith("xlast", program.Screen);
            await program.End(4);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Many_terminals_are_kept_apart()
    {
        await using var agent = await StartAsync();
        var terminals = Enumerable.Range(1, 30).Select(rows => new Terminal(agent.Start(Start.Terminal(
            "/bin/sh", "-c", $"read x; until [ \"$(stty size)\" = '{rows} 80' ]; do sleep 0.01; done; stty size; echo \"<$x>\"")))).ToList();
        foreach (var (terminal, i) in terminals.Select((terminal, i) => (terminal, i)))
        {
            terminal.Program.Resize((ushort)(i + 1), 80);
            await terminal.TypeAsync($"t{i}\r");
        }

        foreach (var (terminal, i) in terminals.Select((terminal, i) => (terminal, i)))
        {
            Assert.Equal(0, (await terminal.Program.EndedAsync()).Code);
            Assert.EndsWith($"{i + 1} 80\r\n<t{i}>\r\n", terminal.Program.Screen);
        }

        foreach (var terminal in terminals) terminal.Program.Forget();
        await agent.PingAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData("echo one-$(echo two)\r", "one-two")]
    [InlineData("sleep 0.5; echo sl''ept\r", "slept")]
    [InlineData("cat\rlast line", "last line")]
    [InlineData("cat; cat; echo ca''ts\r", "cats")]
    [InlineData("stty raw -echo; head -c 3; stty sane; echo -''s-\rabc", "abc-s-")]
    public async Task Input_that_ends_early_ends_the_shell_after_all_that_was_typed(string typed, string shown)
    {
        await using var agent = await StartAsync();
        for (var i = 0; i < 3; i++)
        {
            var shell = new Terminal(agent.Start(Start.Terminal("/bin/bash", "--norc")));
            await shell.TypeAsync(typed);
            shell.End();
            await shell.Program.EndedAsync();
            Assert.Contains(shown, shell.Program.Screen, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Input_after_the_end_is_discarded_and_said_so()
    {
        await using var agent = await StartAsync();
        var (_, program) = await agent.RunAsync(Start.Terminal("/bin/true"));
        await program.UntilAsync(() => program.InputAcknowledged == ulong.MaxValue);
        program.Write(0, "x"u8);
        program.EndInput(1);
        await agent.PingAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_terminal_that_its_program_closes_for_a_while_goes_on()
    {
        await using var agent = await StartAsync();
        var (exit, program) = await agent.RunAsync(Start.Terminal(
            "/bin/sh", "-c", "t=$(tty); echo one; exec <&- >&- 2>&-; sleep 0.3; exec <$t >$t 2>&1; echo two"));
        Assert.Equal(0, exit.Code);
        await program.End(4);
        Assert.Equal("one\r\ntwo\r\n", program.Screen);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_left_in_the_foreground_is_hung_up_with_the_shell()
    {
        await using var agent = await StartAsync();
        var (exit, program) = await agent.RunAsync(Start.Terminal("/bin/sh", "-c", "sleep 1000 & echo done"));
        Assert.Equal(0, exit.Code);
        await program.End(4);
        var (_, left) = await agent.RunAsync(Start.Shell("pgrep -x sleep; echo left=$?"));
        Assert.Equal("left=1\n", left.Stdout);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_was_left_in_the_background_lives_until_it_is_signalled()
    {
        await using var agent = await StartAsync();
        var shell = await Terminal.ShellAsync(agent);
        await shell.DoAsync("sleep 1000 & until pgrep -x sleep >/dev/null; do sleep 0.01; done; exit", "exit");
        await shell.Program.EndedAsync();
        var (_, left) = await agent.RunAsync(Start.Shell("pgrep -c -x sleep"));
        Assert.Equal("1\n", left.Stdout);
        shell.Program.Signal(15, scope: 1);
        await shell.Program.End(4);
    }

    [Fact(Timeout = 60_000)]
    public async Task Somebody_elses_terminal_cannot_be_opened()
    {
        await using var agent = await StartAsync();
        var shell = await Terminal.ShellAsync(agent);
        await shell.DoAsync("tty", "/dev/pts/");
        var path = "/dev/pts/" + (await shell.SeeAsync("\r\n")).Trim();
        var (exit, other) = await agent.RunAsync(Start.Shell($"echo stolen > {path}") with { User = 4242 });
        Assert.NotEqual(0, exit.Code);
        Assert.Contains("ermission denied", other.Stderr);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_program_holds_nothing_of_its_terminals_other_end()
    {
        await using var agent = await StartAsync();
        var (_, program) = await agent.RunAsync(Start.Terminal("/bin/sh", "-c", "ls -l /proc/self/fd | grep -c ptmx; ls /proc/self/fd | tr '\\n' ' '"));
        Assert.Equal("0\r\n0 1 2 3 ", program.Screen);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_disks_usage_grows_with_what_is_written()
    {
        await using var agent = await StartAsync();
        var before = await DiskAsync(agent);
        Assert.Equal(64ul << 20, before.Total);
        await agent.RunAsync(Start.Shell("head -c 5000000 /dev/zero > /tmp/five"));
        var after = await DiskAsync(agent);
        Assert.InRange(after.Used - before.Used, 5_000_000ul, 5_200_000ul);
        await agent.RunAsync(Start.Shell("rm /tmp/five"));
        Assert.InRange((await DiskAsync(agent)).Used, before.Used, before.Used + 100_000);
    }

    private static async Task<(ulong Used, ulong Total)> DiskAsync(AgentSession agent)
    {
        agent.Send(new Frame(FrameType.Disk, 0, 0, []));
        var answer = await agent.NextAsync();
        Assert.Equal((FrameType.DiskUsage, 16), (answer.Type, answer.Payload.Length));
        return (answer.UInt64(0), answer.UInt64(8));
    }
}
