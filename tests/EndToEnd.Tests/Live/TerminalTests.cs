
namespace Sandbox.EndToEnd.Tests.Live;

/// <summary>Full-screen programs as a person uses them.</summary>
[Collection(typeof(OneAtATime))]
public sealed class TerminalTests(SharedServer shared)
{
    private const int Deadline = 180_000;

    [Fact(Timeout = Deadline)]
    public async Task An_editor_draws_takes_keys_redraws_on_a_new_size_saves_and_quits()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub);
        await sandbox.RunAsync("sh", "-c", "for i in $(seq 1 100); do echo row-$i-end; done > file");
        await sandbox.StartAsync("vi", ["vi", "file"], terminal: new { rows = 10, cols = 40 });
        await using var screen = new TestScreen(hub, sandbox, "vi");
        await screen.InVimAsync(screen.ShowsAsync("row-9-end"));
        Assert.DoesNotContain("row-10-end", screen.Text, StringComparison.Ordinal);

        await hub.CallAsync("ResizeTerminal", new { sandboxId = sandbox.Id, processId = "vi", rows = 30, cols = 60 });
        await screen.InVimAsync(screen.ShowsAsync("row-29-end"));
        Assert.DoesNotContain("row-30-end", screen.Text, StringComparison.Ordinal);

        await screen.TypeAsync("G");
        await screen.InVimAsync(screen.ShowsAsync("row-100-end"));
        await screen.TypeAsync("ggOtyped \u00fc here\u001b");
        await screen.InVimAsync(screen.ShowsAsync("typed \u00fc"));
        await screen.TypeAsync(":wq\r");
        await screen.InVimAsync(screen.EndsAsync());
        Assert.Equal(0, (await sandbox.ExitAsync("vi")).GetProperty("code").GetInt32());
        Assert.Equal("typed \u00fc here\nrow-1-end\n", await sandbox.RunAsync("head", "-n", "2", "file"));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_monitor_refreshes_shows_what_runs_and_quits_at_a_key()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub);
        await sandbox.StartAsync("sleeper", ["sleep", "1234"]);
        await sandbox.StartAsync("top", ["top", "-d", "0.3"], terminal: new { rows = 24, cols = 100 });
        await using var screen = new TestScreen(hub, sandbox, "top");
        await screen.ShowsAsync("sleep");
        var shown = screen.Text.Length;
        await screen.GrowsBeyondAsync(shown);
        await screen.TypeAsync("q");
        await screen.EndsAsync();
        Assert.Equal(0, (await sandbox.ExitAsync("top")).GetProperty("code").GetInt32());
    }

    [Fact(Timeout = Deadline)]
    public async Task A_shell_has_job_control_and_ends_at_ctrl_d()
    {
        await using var hub = await HubClient.ConnectAsync(shared.Server.Address);
        await using var sandbox = await TestSandbox.CreateAsync(hub);
        await sandbox.StartAsync("shell", ["bash", "--norc"], terminal: new { });
        await using var screen = new TestScreen(hub, sandbox, "shell");
        await screen.TypeAsync("sleep 4321\r");
        await screen.ShowsAsync("4321");
        await RunsAsync(sandbox, "sleep 4321");
        await screen.TypeAsync("\u001a");
        await screen.ShowsAsync("Stopped");
        Assert.Contains("T", await sandbox.RunAsync("sh", "-c", "ps -eo stat,args | grep '[s]leep 4321' | cut -c 1"), StringComparison.Ordinal);

        // Typed after the shell has sent it to the foreground: Ctrl-C throws away what was not read, and would be the shell's own.
        await screen.TypeAsync("fg\r");
        await RunsAsync(sandbox, "sleep 4321");
        await screen.TypeAsync("\u0003");
        await screen.TypeAsync("echo $((6*7))-$?\r");
        await screen.ShowsAsync("42-130");
        await screen.TypeAsync("\u0004");
        await screen.EndsAsync();
        Assert.Equal("exited", (await sandbox.ExitAsync("shell")).Text("reason"));
    }

    private static async Task RunsAsync(TestSandbox sandbox, string commandLine)
    {
        while (true)
        {
            var lines = (await sandbox.RunAsync("ps", "-eo", "stat,args")).Split('\n');
            var line = lines.FirstOrDefault(line => line.EndsWith(' ' + commandLine, StringComparison.Ordinal));
            if (line is not null && !line.StartsWith('T')) return;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
