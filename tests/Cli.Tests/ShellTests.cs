using System.Text;
using Sandbox.TestServer;

namespace Sandboxes.Cli.Tests;

public sealed class ShellTests : CliTest
{
    [Fact(Timeout = 120_000)]
    public async Task Every_key_reaches_the_program_and_the_terminal_is_left_as_it_was()
    {
        var terminal = Open("shell", "box", "-e", "A=b");
        var program = await ProgramAsync();
        var asked = program.Request.GetProperty("terminal");
        Assert.Equal((30, 90, "vt220"), (asked.GetProperty("rows").GetInt32(), asked.GetProperty("cols").GetInt32(), asked.GetProperty("term").GetString()));
        program.Out.Write("\x1b[1mprompt$ "u8);
        await UntilAsync(() => terminal.Shown.Contains("prompt$ ", StringComparison.Ordinal) ? terminal : null);

        // Ctrl-C, Ctrl-D and Ctrl-Z are keys, and Enter is no line feed.
        terminal.Type("\x03\x04\x1aq\r");
        await UntilAsync(() => program.In.Length == 5 ? program : null);
        Assert.Equal("\x03\x04\x1aq\r"u8.ToArray(), program.In.Bytes);
        Assert.DoesNotContain('q', terminal.Shown); // no echo but the program's

        terminal.Resize(31, 91);
        await UntilAsync(() => program.Size == (31, 91) ? program : null);
        program.End(code: 5);
        Assert.Equal(5, await terminal.EndAsync(Cancel));
        Assert.Contains("speed", terminal.Shown, StringComparison.Ordinal);
        Assert.DoesNotContain("-icanon", terminal.Shown, StringComparison.Ordinal);
        Assert.DoesNotContain("-echo ", terminal.Shown, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_shell_survives_lost_connections()
    {
        await using var proxy = new CuttingProxy(Server.Address, seed: 7, cuts: 10, mostBytes: 3_000);
        var terminal = Open("shell", "box", "--url", proxy.Address.ToString());
        var program = await ProgramAsync();
        var typed = new StringBuilder();
        for (var i = 0; proxy.CutsLeft > 0 || i < 20; i++)
        {
            // Each key is echoed by the program before the next one.
            var key = ((char)('a' + (i % 26))).ToString();
            typed.Append(key);
            terminal.Type(key);
            await UntilAsync(() => program.In.Length == typed.Length ? program : null);
            program.Out.Write(Encoding.UTF8.GetBytes(key));
            await UntilAsync(() => terminal.Shown.Contains(typed.ToString(), StringComparison.Ordinal) ? terminal : null);
        }

        Assert.Equal(typed.ToString(), Encoding.UTF8.GetString(program.In.Bytes));
        program.End();
        Assert.Equal(0, await terminal.EndAsync(Cancel));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_shell_is_left_and_taken_up_again()
    {
        var first = Open("shell", "box", "--", "vi");
        var program = await ProgramAsync();
        program.Out.Write("old screen"u8);
        await UntilAsync(() => first.Shown.Contains("old screen", StringComparison.Ordinal) ? first : null);
        first.Type("x\r~.");
        Assert.Equal(0, await first.EndAsync(Cancel));
        Assert.Contains($"sandbox shell box --process {program.Id}", first.Shown, StringComparison.Ordinal);
        Assert.Null(program.Exit);
        Assert.Equal("x\r"u8.ToArray(), program.In.Bytes);

        program.Size = (0, 0);
        var second = Open("shell", "box", "--process", program.Id);
        await UntilAsync(() => program.Size == (30, 90) ? program : null);
        program.Out.Write("new screen"u8);
        await UntilAsync(() => second.Shown.Contains("new screen", StringComparison.Ordinal) ? second : null);
        Assert.DoesNotContain("old screen", second.Shown, StringComparison.Ordinal);
        second.Type("y");
        await UntilAsync(() => program.In.Length == 3 ? program : null);
        program.End();
        Assert.Equal(0, await second.EndAsync(Cancel));
        Assert.Same(program, Box.OnlyProcess);
    }

    [Fact(Timeout = 120_000)]
    public async Task Without_a_terminal_a_shell_says_what_to_do()
    {
        var (code, _, error) = await RunAsync("shell", "box");
        Assert.Equal((125, "sandbox: shell needs a terminal: run exec instead, or run it in one.\n"), (code, error));
    }

    private TestTerminal Open(params string[] words) => Own(new TestTerminal(Server.Address, 30, 90, words));
}
