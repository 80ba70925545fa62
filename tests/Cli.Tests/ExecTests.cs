using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Sandbox.TestServer;
using Sandboxes.Tests.Server;

namespace Sandboxes.Cli.Tests;

public sealed partial class ExecTests : CliTest
{
    [Fact(Timeout = 120_000)]
    public async Task Input_output_error_and_exit_code_are_the_programs()
    {
        var run = Start("exec", "box", "-e", "A=1", "--", "prog", "-x", "--json", "@file");
        var program = await ProgramAsync();
        Assert.Equal(["prog", "-x", "--json", "@file"], program.Request.GetProperty("argv").EnumerateArray().Select(a => a.GetString()!));
        await run.Input.WriteAsync("typed");
        run.Input.Close();
        await program.In.WaitForEndAsync(Cancel);
        Assert.Equal("typed"u8.ToArray(), program.In.Bytes);
        program.Out.Write("output"u8);
        program.Channels["stderr"].Write("error"u8);
        program.End(code: 42);
        Assert.Equal((42, "output", "error"), await run.EndAsync(Cancel));
    }

    [Fact(Timeout = 120_000)]
    public async Task Code_is_read_from_standard_input_where_the_argument_says_so()
    {
        var run = Start("exec", "box", "--language", "python", "-");
        await run.Input.WriteAsync("print(1)\n");
        run.Input.Close();
        var program = await ProgramAsync();
        Assert.Equal("print(1)\n", program.Request.GetProperty("code").GetString());
        Assert.False(program.Request.TryGetProperty("stdin", out var stdin) && stdin.GetBoolean());
        program.End(code: 0);
        Assert.Equal(0, (await run.EndAsync(Cancel)).Code);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("There is no option '-i'", "-i", "ls")]
    [InlineData("Put -- in front of 'grep'", "grep", "-n", "x", "file")]
    [InlineData("Put -- in front of 'ls'", "ls", "--json")]
    public async Task An_option_that_could_be_the_programs_needs_dashes_in_front(string said, params string[] words)
    {
        var (code, output, error) = await Start(["exec", "box", .. words]).EndAsync(Cancel);
        Assert.Equal((125, ""), (code, output));
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("timeout", null, 124)]
    [InlineData("killed", 15, 143)]
    [InlineData("out_of_memory", null, 137)]
    [InlineData("sandbox_ended", null, 125)]
    public async Task Other_ends_have_codes_too(string reason, int? signal, int code)
    {
        var run = Start("exec", "box", "-n", "--language", "python", "--", "print(1)");
        var program = await ProgramAsync();
        Assert.Equal("print(1)", program.Request.GetProperty("code").GetString());
        program.End(reason, code: null, signal);
        Assert.Equal(code, (await run.EndAsync(Cancel)).Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task Signals_are_passed_on_and_a_second_interrupt_kills()
    {
        var run = Start("exec", "box", "--", "prog");
        var program = await ProgramAsync();
        program.Out.Write("on"u8);
        Assert.Equal('o', run.Output.Read()); // it has begun to pass signals on
        await SignalAsync(run, program, 15, "TERM");
        await SignalAsync(run, program, 2, "INT");
        await SignalAsync(run, program, 2, "KILL");
        Assert.Equal(137, (await run.EndAsync(Cancel)).Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_reader_that_goes_away_ends_the_program()
    {
        var run = Start("exec", "box", "--", "yes");
        var program = await ProgramAsync();
        run.Output.Close();
        var writing = Task.Run(async () =>
        {
            for (; program.Exit is null; await Task.Delay(1, Cancel)) program.Out.Write(new byte[4096]);
        }, Cancel);
        await program.Exited.WaitAsync(Cancel);
        await writing;
        Assert.Equal(["KILL"], program.Signals);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_program_is_left_running_and_its_logs_are_shown_later()
    {
        var (code, id, _) = await RunAsync("exec", "box", "--detach", "--", "prog");
        Assert.Equal(0, code);
        var program = await ProgramAsync();
        Assert.Equal(program.Id + "\n", id);
        program.Out.Write("so far "u8);
        Assert.Equal((0, "so far ", ""), await RunAsync("logs", "box", program.Id));
        var following = Start("logs", "-f", "box", program.Id, "--json", "--channel", "stdout");
        using var line = JsonDocument.Parse((await following.Output.ReadLineAsync(Cancel))!);
        Assert.Equal(("stdout", 0L, "so far "), (
            line.RootElement.GetProperty("channel").GetString(), line.RootElement.GetProperty("offset").GetInt64(),
            Encoding.UTF8.GetString(line.RootElement.GetProperty("data").GetBytesFromBase64())));
        program.End();
        Assert.Equal(0, (await following.EndAsync(Cancel)).Code);
        program.Out.DropBefore(3);
        Assert.Equal((0, "far ", "sandbox: 3 bytes of stdout fell out of the log before they were read (0 to 3).\n"), await RunAsync("logs", "box", program.Id));
        Assert.Equal(1, (await RunAsync("logs", "box", "nobody")).Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task Exec_goes_through_lost_connections_and_can_answer_in_json()
    {
        await using var proxy = new CuttingProxy(Server.Address, seed: 3, cuts: 20, mostBytes: 20_000);
        var run = Start("exec", "--url", proxy.Address.ToString(), "box", "-n", "--json", "--", "prog");
        ScriptedProcess? program = null;
        for (var i = 0; proxy.CutsLeft > 0; i++)
        {
            program = Box.Processes.Values.SingleOrDefault();
            program?.Out.Write(Encoding.UTF8.GetBytes($"line {i}\n"));
            await Task.Delay(1, Cancel);
        }

        program!.End();
        var (code, output, _) = await run.EndAsync(Cancel);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(Encoding.UTF8.GetString(program.Out.Bytes), json.RootElement.GetProperty("stdout").GetString());
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    private static async Task SignalAsync(CliProcess run, ScriptedProcess program, int signal, string expected)
    {
        var before = program.Signals.Count;
        Assert.Equal(0, SendSignal(run.Id, signal));
        await UntilAsync(() => program.Signals.Count > before ? program : null);
        Assert.Equal(expected, program.Signals[^1]);
    }
}
