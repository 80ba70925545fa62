using System.Net.WebSockets;
using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.CloudRun;

/// <summary>What a client sends once its sandbox runs: docs/cloud-run.md, message by message.</summary>
[Collection(typeof(OneAtATime))]
public sealed class ExecutionTests(SharedServer shared) : IAsyncLifetime
{
    private const int Deadline = 60_000;
    private const int Megabyte = 1 << 20;

    private CloudRunSocket? _sandbox;

    private Uri Server => shared.Server.Address;

    private CloudRunSocket Sandbox => _sandbox!;

    public async ValueTask InitializeAsync() => _sandbox = await CloudRunSocket.CreateAsync(Server);

    public async ValueTask DisposeAsync()
    {
        await shared.Http.DeleteAsync($"/containers/{Sandbox.Id}", CancellationToken.None);
        await Sandbox.DisposeAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_program_runs_writes_and_is_done()
    {
        await Sandbox.SendAsync(new { language = "bash", code = "echo out; echo err >&2" });
        await Sandbox.ExpectAsync("SANDBOX_EXECUTION_RUNNING");
        var (stdout, stderr) = await Sandbox.OutputAsync();
        Assert.Equal(("out\n", "err\n"), (stdout, stderr));
        Assert.Equal("42\n", (await Sandbox.RunAsync("python", "print(6 * 7)")).Stdout);

        // State stays between programs, and an empty one is one too.
        await Sandbox.RunAsync("bash", "echo kept > file");
        Assert.Equal("kept\n", (await Sandbox.RunAsync("python", "print(open('file').read(), end='')")).Stdout);
        Assert.Equal("", (await Sandbox.RunAsync("python", "")).Stdout);
        Assert.Contains("ZeroDivisionError", (await Sandbox.RunAsync("python", "1 / 0")).Stderr, StringComparison.Ordinal);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_second_program_is_an_error_while_one_runs_and_the_connection_stays()
    {
        await StartReadingAsync();
        await Sandbox.SendAsync(new { language = "bash", code = "echo second" });
        await Sandbox.ExpectAsync("SANDBOX_EXECUTION_ERROR", "error");
        await Sandbox.SendAsync(new { @event = "stdin", data = "on\n" });
        Assert.Equal("on\n", (await Sandbox.OutputAsync()).Stdout);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_cannot_be_is_an_error_and_the_connection_stays()
    {
        (string Message, string? Status)[] all =
        [
            ("""{"language": "ruby", "code": "puts 1"}""", "SANDBOX_EXECUTION_UNSUPPORTED_LANGUAGE_ERROR"),
            ("""{"language": "", "code": "1"}""", "SANDBOX_EXECUTION_UNSUPPORTED_LANGUAGE_ERROR"),
            ("""{"language": "python"}""", "SANDBOX_EXECUTION_ERROR"),
            ("""{"code": "print(1)"}""", "SANDBOX_EXECUTION_ERROR"),
            ("""{"language": "python", "code": null}""", "SANDBOX_EXECUTION_ERROR"),
            ("""{"language": ["python"], "code": "1"}""", "SANDBOX_EXECUTION_ERROR"),
            ("""{"language": "python", "code": 1}""", "SANDBOX_EXECUTION_ERROR"),
            ("""{"language": "python", "code": "\ud800"}""", "SANDBOX_EXECUTION_ERROR"),
            ("""{"language": "bash", "code": "echo \u0000"}""", "SANDBOX_EXECUTION_ERROR"),
            ("{}", "SANDBOX_EXECUTION_ERROR"),
            ("""{"event": "stdin"}""", "SANDBOX_STDIN_ERROR"),
            ("""{"event": "stdin", "data": 5}""", "SANDBOX_STDIN_ERROR"),
            ("""{"event": "stdin", "data": "nobody reads"}""", "SANDBOX_STDIN_ERROR"),
            ("""{"action": "snapshot_filesystem"}""", "SANDBOX_FILESYSTEM_SNAPSHOT_ERROR"),
            ("""{"action": "snapshot_filesystem", "name": 4}""", "SANDBOX_FILESYSTEM_SNAPSHOT_ERROR"),
            ("not JSON", null),
            ("[1]", null),
            ("12", null),
            ("null", null),
            ("", null),
            ("""{"action": "dance"}""", null),
            ("""{"action": 3}""", null),
            ("""{"event": "stdout", "data": "x"}""", null),
            ("""{"event": {}}""", null),
        ];
        foreach (var (message, status) in all)
        {
            await Sandbox.SendRawAsync(message);
            if (status is not null) await Sandbox.ExpectAsync(status);
            await Sandbox.ExpectAsync("error");
        }

        Assert.Equal("1\n", (await Sandbox.RunAsync("bash", "echo 1")).Stdout);
    }

    [Fact(Timeout = Deadline)]
    public async Task Binary_messages_are_an_error_and_the_connection_stays()
    {
        await Sandbox.SendRawAsync("""{"action":"kill_sandbox"}"""u8.ToArray(), WebSocketMessageType.Binary);
        await Sandbox.ExpectAsync("error");
        Assert.Equal("1\n", (await Sandbox.RunAsync("bash", "echo 1")).Stdout);
    }

    [Fact(Timeout = Deadline)]
    public async Task Input_goes_to_the_program_that_runs()
    {
        await StartReadingAsync();
        await Sandbox.SendAsync(new { @event = "stdin", data = "grüße" });
        await Sandbox.SendAsync(new { @event = "stdin", data = " 👋\n" });
        Assert.Equal("grüße 👋\n", (await Sandbox.OutputAsync()).Stdout);
    }

    [Fact(Timeout = Deadline)]
    public async Task Messages_of_a_megabyte_pass_in_both_directions()
    {
        var code = "x = '" + new string('ä', (Megabyte - 100) / 2) + "'\nprint(len(x))";
        Assert.Equal($"{(Megabyte - 100) / 2}\n", (await Sandbox.RunAsync("python", code)).Stdout);
        await Sandbox.SendAsync(new { language = "python", code = $"import sys\nsys.stdout.write(sys.stdin.read({Megabyte}))" });
        await Sandbox.ExpectAsync("SANDBOX_EXECUTION_RUNNING");
        var data = string.Concat(Enumerable.Range(0, Megabyte / 16).Select(i => $"{i:x15}\n"));
        await Sandbox.SendAsync(new { @event = "stdin", data });
        Assert.Equal(data, (await Sandbox.OutputAsync()).Stdout);
        await Sandbox.SendAsync(new { language = "bash", code = new string('#', Megabyte + 1) });
        await Sandbox.ExpectAsync("SANDBOX_EXECUTION_ERROR", "error");
    }

    [Fact(Timeout = Deadline)]
    public async Task Input_that_nobody_reads_is_bounded_and_holds_up_nothing()
    {
        await Sandbox.SendAsync(new { language = "bash", code = "echo ready; sleep 1000" });
        await Sandbox.ExpectAsync("SANDBOX_EXECUTION_RUNNING", "stdout: ready\n");
        for (var i = 0; i < 5; i++) await Sandbox.SendAsync(new { @event = "stdin", data = new string('x', Megabyte) });
        await Sandbox.ExpectAsync("SANDBOX_STDIN_ERROR", "error");
        await Sandbox.SendAsync(new { action = "kill_process" });

        // Further pieces may have been too many as well, and are told of in between.
        await Sandbox.UntilAsync("SANDBOX_EXECUTION_FORCE_KILLED");
        await Sandbox.UntilAsync("SANDBOX_EXECUTION_DONE");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_character_whose_bytes_come_apart_comes_whole_and_what_is_no_text_is_replaced()
    {
        const string Apart = """
            import os, time
            for stream, text in ((1, 'ä€😀'), (2, '😀€ä')):
                for byte in text.encode():
                    os.write(stream, bytes([byte]))
                    time.sleep(0.02)
            """;
        Assert.Equal(("ä€😀", "😀€ä"), await Sandbox.RunAsync("python", Apart));
        var (stdout, _) = await Sandbox.RunAsync("python", "import os; os.write(1, b'a\\xff\\xfeb\\xc3')");
        Assert.Equal("a\ufffd\ufffdb\ufffd", stdout);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_program_is_killed_with_what_it_started_and_killing_nothing_is_told_the_same()
    {
        await Sandbox.SendAsync(new { action = "kill_process" });
        await Sandbox.ExpectAsync("SANDBOX_EXECUTION_FORCE_KILLED");
        await Sandbox.SendAsync(new { language = "bash", code = "sleep 1000 & echo ready; trap '' TERM; sleep 1000" });
        await Sandbox.ExpectAsync("SANDBOX_EXECUTION_RUNNING", "stdout: ready\n");
        await Sandbox.SendAsync(new { action = "kill_process" });
        await Sandbox.ExpectAsync("SANDBOX_EXECUTION_FORCE_KILLED", "SANDBOX_EXECUTION_DONE");
        Assert.Equal("0\n", (await Sandbox.RunAsync("bash", "pgrep -c sleep")).Stdout);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_program_is_done_when_it_has_ended_whatever_it_left_behind()
    {
        Assert.Equal("done\n", (await Sandbox.RunAsync("bash", "sleep 1000 & echo done")).Stdout);
        Assert.Equal("1\n", (await Sandbox.RunAsync("bash", "pgrep -c sleep")).Stdout);
    }

    [Fact(Timeout = Deadline)]
    public async Task All_of_much_output_comes_before_the_end_also_to_a_client_that_reads_late()
    {
        const int Bytes = 80_000_000;
        await Sandbox.SendAsync(new { language = "bash", code = $"head -c {Bytes} /dev/zero | tr '\\0' x" });
        await Sandbox.ExpectAsync("SANDBOX_EXECUTION_RUNNING");
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal(Bytes, (await Sandbox.OutputAsync()).Stdout.Length);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_checkpoint_without_the_option_is_an_error_and_closes_with_4000()
    {
        await Sandbox.SendAsync(new { action = "checkpoint" });
        await Sandbox.ExpectAsync("SANDBOX_CHECKPOINT_ERROR", "error", "close 4000");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_snapshot_is_what_new_sandboxes_start_from_and_one_that_cannot_be_is_an_error_and_the_connection_stays()
    {
        await Sandbox.SendAsync(new { action = "snapshot_filesystem", name = "No Name" });
        await Sandbox.ExpectAsync("SANDBOX_FILESYSTEM_SNAPSHOT_CREATING", "SANDBOX_FILESYSTEM_SNAPSHOT_ERROR", "error");
        foreach (var content in new[] { "first", "second" })
        {
            Assert.Equal("", (await Sandbox.RunAsync("bash", $"echo {content} > /home/user/kept")).Stdout);
            await Sandbox.SendAsync(new { action = "snapshot_filesystem", name = "cloud-run" });
            await Sandbox.ExpectAsync("SANDBOX_FILESYSTEM_SNAPSHOT_CREATING", "SANDBOX_FILESYSTEM_SNAPSHOT_CREATED");
            await using var next = await CloudRunSocket.CreateAsync(Server, new { filesystem_snapshot_name = "cloud-run" });
            Assert.Equal($"{content}\n", (await next.RunAsync("bash", "cat /home/user/kept")).Stdout);
            await next.SendAsync(new { action = "kill_sandbox" });
            await next.ExpectAsync("SANDBOX_KILLING", "SANDBOX_DELETING", "SANDBOX_DELETED", "SANDBOX_KILLED", "close 1000");
        }
    }

    /// <summary>A program that answers one line of input.</summary>
    private async Task StartReadingAsync()
    {
        await Sandbox.SendAsync(new { language = "bash", code = "read -r line; echo \"$line\"" });
        await Sandbox.ExpectAsync("SANDBOX_EXECUTION_RUNNING");
    }
}
