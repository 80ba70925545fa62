using Sandbox.TestServer;

namespace Sandbox.EndToEnd.Tests.CloudRun;

/// <summary><c>WS /attach</c>, checkpoints, and what a client finds that comes back: docs/cloud-run.md, message by message.</summary>
[Collection(typeof(OneAtATime))]
public sealed class AttachTests(SharedServer shared)
{
    private const int Deadline = 90_000;
    private static readonly string[] Killed = ["SANDBOX_KILLING", "SANDBOX_DELETING", "SANDBOX_DELETED", "SANDBOX_KILLED", "close 1000"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Uri Server => shared.Server.Address;

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_lives_is_attached_to_and_has_what_it_had()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server);
        await made.RunAsync("bash", "echo kept > file");
        await made.LeaveAsync();
        await using var back = await CloudRunSocket.AttachAsync(Server, made.Id, made.Token);
        await back.ExpectAsync("SANDBOX_RUNNING");
        Assert.Equal("kept\n", (await back.RunAsync("bash", "cat file")).Stdout);
        await KillAsync(back);
        await using var gone = await CloudRunSocket.AttachAsync(Server, made.Id, made.Token);
        await gone.ExpectAsync("SANDBOX_NOT_FOUND", "close 1011");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_missing_or_wrong_token_is_denied_and_closes_with_4000()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server);
        foreach (var token in new[] { null, "", "wrong", "default.wrong", $"other.{made.Token}", made.Token + "x", made.Token[..^1], new string('x', 5000) })
        {
            await using var denied = await CloudRunSocket.AttachAsync(Server, made.Id, token);
            await denied.ExpectAsync("SANDBOX_PERMISSION_DENIAL_ERROR", "error", "close 4000");
        }

        await KillAsync(made);
    }

    [Theory(Timeout = Deadline)]
    [InlineData("there-is-none")]
    [InlineData("NO-SUCH_form!")]
    public async Task An_unknown_sandbox_is_not_found_and_closes_with_1011(string id)
    {
        await using var unknown = await CloudRunSocket.AttachAsync(Server, id, "default.abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq");
        await unknown.ExpectAsync("SANDBOX_NOT_FOUND", "close 1011");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_with_a_client_is_in_use_and_closes_with_1011()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server);
        await using var second = await CloudRunSocket.AttachAsync(Server, made.Id, made.Token);
        await second.ExpectAsync("SANDBOX_IN_USE", "close 1011");
        Assert.Equal("1\n", (await made.RunAsync("bash", "echo 1")).Stdout);
        await KillAsync(made);
    }

    [Fact(Timeout = Deadline)]
    public async Task Of_twenty_clients_that_attach_at_once_exactly_one_does()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server, new { enable_checkpoint = true });
        await made.SendAsync(new { action = "checkpoint" });
        await made.ExpectAsync("SANDBOX_CHECKPOINTING", "SANDBOX_CHECKPOINTED", "close 1000");
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CloudRunSocket.AttachAsync(Server, made.Id, made.Token)));
        var firsts = await Task.WhenAll(clients.Select(client => client.NextAsync()));
        Assert.Equal(19, firsts.Count(first => first == "SANDBOX_IN_USE"));
        var winner = clients[Array.IndexOf(firsts, "SANDBOX_RESTORING")];
        foreach (var loser in clients.Where(client => client != winner)) await loser.ExpectAsync("close 1011");
        await winner.ExpectAsync("SANDBOX_RUNNING");
        await KillAsync(winner);
        foreach (var client in clients) await client.DisposeAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_checkpoint_puts_the_sandbox_to_storage_and_an_attach_brings_it_back()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server, new { enable_checkpoint = true });
        await made.RunAsync("bash", "echo kept > file; (while :; do sleep 0.1; done) > /dev/null 2>&1 &");

        // Nothing changes while a program runs.
        await made.SendAsync(new { language = "bash", code = "read -r line; echo \"$line\"" });
        await made.ExpectAsync("SANDBOX_EXECUTION_RUNNING");
        await made.SendAsync(new { action = "checkpoint" });
        await made.ExpectAsync("SANDBOX_EXECUTION_IN_PROGRESS_ERROR", "error");
        await made.SendAsync(new { @event = "stdin", data = "on\n" });
        Assert.Equal("on\n", (await made.OutputAsync()).Stdout);

        await made.SendAsync(new { action = "checkpoint" });
        await made.ExpectAsync("SANDBOX_CHECKPOINTING", "SANDBOX_CHECKPOINTED");

        // As soon as it is told, and before the close is answered.
        await using var back = await CloudRunSocket.AttachAsync(Server, made.Id, made.Token);
        await back.ExpectAsync("SANDBOX_RESTORING", "SANDBOX_RUNNING");
        await made.ExpectAsync("close 1000");
        Assert.Equal("kept\n1\n", (await back.RunAsync("bash", "cat file; pgrep -fc 'sleep 0.1'")).Stdout);
        await KillAsync(back);
    }

    [Fact(Timeout = Deadline)]
    public async Task With_a_handoff_enabled_a_restore_tells_of_the_lock()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server, new { enable_checkpoint = true, enable_sandbox_handoff = true });
        await made.SendAsync(new { action = "checkpoint" });
        await made.ExpectAsync("SANDBOX_CHECKPOINTING", "SANDBOX_CHECKPOINTED", "close 1000");
        await using var back = await CloudRunSocket.AttachAsync(Server, made.Id, made.Token);
        await back.ExpectAsync("SANDBOX_LOCK_ACQUIRING", "SANDBOX_LOCK_ACQUIRED", "SANDBOX_RESTORING", "SANDBOX_RUNNING");
        await KillAsync(back);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_client_that_is_gone_without_a_word_comes_back_and_misses_nothing_of_its_program()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server);
        await made.SendAsync(new { language = "python", code = "import time\nfor i in range(40):\n    print(f'{i:03}', flush=True)\n    time.sleep(0.05)\nprint('ü', end='')" });
        await made.ExpectAsync("SANDBOX_EXECUTION_RUNNING");
        var before = "";
        while (!before.Contains("005", StringComparison.Ordinal)) before += (await made.NextAsync())["stdout: ".Length..];
        made.Abort();
        await using var back = await AttachWhenFreeAsync(made);

        // One at a time, also while nobody reads what runs.
        await back.SendAsync(new { language = "bash", code = "echo second" });
        await back.ExpectAsync("SANDBOX_EXECUTION_ERROR", "error");
        await back.SendAsync(new { action = "reconnect" });
        var rest = (await back.OutputAsync()).Stdout;

        // What was on its way into the broken connection is lost with it, and nothing comes twice.
        var lines = (before + rest).Split('\n');
        Assert.Equal("ü", lines[^1]);
        Assert.Equal(lines.Distinct(), lines);
        Assert.InRange(lines.Length, 35, 41);
        Assert.Equal("039", lines[^2]);

        // With nothing left to go on with it says nothing.
        await back.SendAsync(new { action = "reconnect" });
        Assert.Equal("1\n", (await back.RunAsync("bash", "echo 1")).Stdout);
        await KillAsync(back);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_a_program_wrote_to_its_end_while_its_client_was_away_comes_after_reconnect()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server);
        await made.SendAsync(new { language = "bash", code = "echo first; sleep 1; echo last" });
        await made.ExpectAsync("SANDBOX_EXECUTION_RUNNING", "stdout: first\n");
        await made.LeaveAsync();
        await Task.Delay(1500, Cancel);
        await using var back = await CloudRunSocket.AttachAsync(Server, made.Id, made.Token);
        await back.ExpectAsync("SANDBOX_RUNNING");
        await back.SendAsync(new { action = "reconnect" });
        await back.ExpectAsync("stdout: last\n", "SANDBOX_EXECUTION_DONE");
        await KillAsync(back);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_program_of_an_earlier_connection_is_killed_and_its_end_is_told()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server);
        await made.SendAsync(new { language = "bash", code = "sleep 1000" });
        await made.ExpectAsync("SANDBOX_EXECUTION_RUNNING");
        await made.LeaveAsync();
        await using var back = await CloudRunSocket.AttachAsync(Server, made.Id, made.Token);
        await back.ExpectAsync("SANDBOX_RUNNING");
        await back.SendAsync(new { action = "kill_process" });
        await back.ExpectAsync("SANDBOX_EXECUTION_FORCE_KILLED", "SANDBOX_EXECUTION_DONE");
        await KillAsync(back);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_was_idle_for_too_long_is_deleted_also_under_its_client()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server, new { idle_timeout = 1 });
        await made.ExpectAsync("SANDBOX_DELETING", "SANDBOX_DELETED", "close 1000");
        await using var gone = await CloudRunSocket.AttachAsync(Server, made.Id, made.Token);
        await gone.ExpectAsync("SANDBOX_NOT_FOUND", "close 1011");
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_was_idle_for_too_long_is_put_to_storage_where_that_was_asked_for()
    {
        await using var made = await CloudRunSocket.CreateAsync(
            Server, new { idle_timeout = 1, enable_checkpoint = true, enable_idle_timeout_auto_checkpoint = true });
        await made.RunAsync("bash", "echo kept > file");
        await made.ExpectAsync("SANDBOX_CHECKPOINTING", "SANDBOX_CHECKPOINTED", "close 1000");
        await using var back = await CloudRunSocket.AttachAsync(Server, made.Id, made.Token);
        await back.ExpectAsync("SANDBOX_RESTORING", "SANDBOX_RUNNING");
        Assert.Equal("kept\n", (await back.RunAsync("bash", "cat file")).Stdout);
        await KillAsync(back);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_sandbox_that_somebody_else_deletes_is_told_to_its_client()
    {
        await using var made = await CloudRunSocket.CreateAsync(Server);
        using var deleted = await shared.Http.DeleteAsync($"/v1/sandboxes/{made.Id}", Cancel);
        await made.ExpectAsync("SANDBOX_DELETING", "SANDBOX_DELETED", "close 1000");
    }

    private static async Task KillAsync(CloudRunSocket sandbox)
    {
        await sandbox.SendAsync(new { action = "kill_sandbox" });
        await sandbox.ExpectAsync(Killed);
    }

    /// <summary>Attaches once the server has noticed that the one before is gone.</summary>
    private async Task<CloudRunSocket> AttachWhenFreeAsync(CloudRunSocket before)
    {
        while (true)
        {
            var back = await CloudRunSocket.AttachAsync(Server, before.Id, before.Token);
            var first = await back.NextAsync();
            if (first == "SANDBOX_RUNNING") return back;
            Assert.Equal("SANDBOX_IN_USE", first);
            await back.DisposeAsync();
            await Task.Delay(50, Cancel);
        }
    }
}
