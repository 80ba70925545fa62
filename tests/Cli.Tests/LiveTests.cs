using System.Text.Json;
using Sandbox.TestServer;

namespace Sandboxes.Cli.Tests;

/// <summary>The command line against a real server, with real programs in gVisor.</summary>
public sealed class LiveTests : IAsyncLifetime
{
    private SandboxServer? _server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await SandboxServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [Fact(Timeout = 180_000)]
    public async Task Live_every_command_works_from_create_to_rm()
    {
        var created = await RunAsync("", "create", "mine", "--label", "a=b", "-e", "GREETING=hello");
        Assert.Equal((0, "mine\n"), (created.Code, created.Out));
        var again = await RunAsync("", "create", "mine", "--label", "a=b", "-e", "GREETING=hello");
        Assert.Equal((0, "It was there already.\n"), (again.Code, again.Error));
        Assert.Equal((1, ""), ((await RunAsync("", "create", "mine", "--label", "a=c")) is var conflict ? conflict.Code : -1, conflict.Out));
        Assert.Contains("mine  running", (await RunAsync("", "ls", "-l", "a=b")).Out, StringComparison.Ordinal);

        Assert.Equal((3, "HELLO\n", "hello\n"), await RunAsync("hello\n", "exec", "mine", "--", "sh", "-c", "tr a-z A-Z; echo $GREETING >&2; exit 3"));
        Assert.Equal((0, "42\n", ""), await RunAsync("", "exec", "mine", "--language", "python", "--", "print(6 * 7)"));
        Assert.Equal(124, (await RunAsync("", "exec", "mine", "--timeout", "0.3", "--", "sleep", "60")).Code);
        Assert.Equal(0, (await RunAsync("", "exec", "mine", "-d", "--process", "later", "--", "sh", "-c", "echo one; sleep 1; echo two")).Code);
        Assert.Equal((0, "one\ntwo\n", ""), await RunAsync("", "logs", "-f", "mine", "later"));
        Assert.Matches(@"later +\d+ +exited with 0", (await RunAsync("", "info", "mine")).Out);
        using var json = JsonDocument.Parse((await RunAsync("", "info", "mine", "--json")).Out);
        Assert.Equal("running", json.RootElement.GetProperty("sandbox").GetProperty("status").GetString());

        Assert.Equal((0, "mine\n", ""), await RunAsync("", "rm", "mine"));
        Assert.Equal(125, (await RunAsync("", "exec", "mine", "--", "true")).Code);
    }

    [Fact(Timeout = 180_000)]
    public async Task Live_a_template_is_built_from_a_recipe_used_listed_and_removed()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-cli-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "app"));
            await File.WriteAllTextAsync(Path.Combine(folder, "app", "one"), "first\n", Cancel);
            File.CreateSymbolicLink(Path.Combine(folder, "app", "link"), "one");
            var recipe = Path.Combine(folder, "tools.json");
            await File.WriteAllTextAsync(recipe, """
                { // A recipe may say why.
                  "files": [{ "from": "app", "to": "/srv/app" }], "run": ["cat /srv/app/link; echo oh >&2"], "env": { "A": "b" }, "cwd": "/srv/app", }
                """, Cancel);
            var built = await RunAsync("", "template", "build", recipe);
            Assert.Equal((0, "tools\n"), (built.Code, built.Out));
            Assert.Equal("[1/4] start from base\n[2/4] copy app to /srv/app\n[3/4] cat /srv/app/link; echo oh >&2\nfirst\noh\n[4/4] store\n", built.Error);
            Assert.Equal((0, "tools\n", "There is one of the same recipe, base and files already: nothing was built.\n"), await RunAsync("", "template", "build", recipe));
            Assert.Matches(@"^TEMPLATE +CREATED.*\nbase +.* the server\n(.* the server\n)*tools +.* 2 +you\n$", (await RunAsync("", "template", "list")).Out);
            var image = Path.Combine(folder, "image.tar");
            Assert.Equal((0, "", ""), await RunAsync("", "snapshot", "export", "tools", image));
            Assert.Equal((0, "copied\n", ""), await RunAsync("", "template", "import", "copied", image));
            Assert.Equal((1, "", $"sandbox: There is no file {image}s.\n"), await RunAsync("", "template", "import", "copied", image + "s"));
            Assert.Equal(0, (await RunAsync("", "create", "of-image", "--template", "copied")).Code);
            Assert.Equal((0, "first\nb\n", ""), await RunAsync("", "exec", "of-image", "--", "sh", "-c", "cat link; echo $A"));
            await RunAsync("", "rm", "of-image");
            Assert.Equal((0, "", ""), await RunAsync("", "template", "remove", "copied"));
            Assert.Equal(0, (await RunAsync("", "create", "from", "--template", "tools")).Code);
            Assert.Equal((0, "first\nb\n", ""), await RunAsync("", "exec", "from", "--", "sh", "-c", "cat link; echo $A"));
            Assert.Equal((0, "moment\n", ""), await RunAsync("", "snapshot", "create", "from", "moment"));
            Assert.Equal(0, (await RunAsync("", "create", "again", "--snapshot", "moment")).Code);
            Assert.Matches(@"(?m)^ID +STATUS +FROM .*\nagain +running +moment .*\nfrom +running +tools ", (await RunAsync("", "ls")).Out);
            Assert.Contains("snapshot   moment\n", (await RunAsync("", "info", "again")).Out, StringComparison.Ordinal);
            await RunAsync("", "rm", "again");
            Assert.Equal((0, "", ""), await RunAsync("", "snapshot", "rm", "moment"));
            Assert.Equal(1, (await RunAsync("", "template", "remove", "tools")).Code);
            await RunAsync("", "rm", "from");
            Assert.Equal((0, "", ""), await RunAsync("", "template", "remove", "tools"));

            await File.WriteAllTextAsync(recipe, """{"run":["echo half; exit 3"]}""", Cancel);
            var failed = await RunAsync("", "template", "build", recipe, "--name", "other");
            Assert.Equal((1, ""), (failed.Code, failed.Out));
            Assert.Contains("exit code 3: echo half; exit 3", failed.Error, StringComparison.Ordinal);
            File.CreateSymbolicLink(Path.Combine(folder, "app", "out"), "/etc/shadow");
            await File.WriteAllTextAsync(recipe, """{"files":[{"from":"app","to":"/srv/app"}]}""", Cancel);
            Assert.Contains("'app/out', which is a link out of its folder", (await RunAsync("", "template", "build", recipe)).Error, StringComparison.Ordinal);
            await File.WriteAllTextAsync(recipe, """{"network":true}""", Cancel);
            Assert.Contains("Templates:AllowNetwork", (await RunAsync("", "template", "build", recipe)).Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact(Timeout = 180_000)]
    public async Task Live_a_shell_is_a_real_terminal_through_lost_connections()
    {
        await RunAsync("", "create", "box");
        await using var proxy = new CuttingProxy(_server!.Address, seed: 11, cuts: 10, mostBytes: 3_000);
        await using var terminal = new TestTerminal(proxy.Address, 30, 90, "shell", "box", "--", "bash", "--norc");
        await ShowsAsync(terminal, "$ ");
        terminal.Type("stty size; tty; echo $TERM\r");
        await ShowsAsync(terminal, "30 90\r\n/dev/pts/");
        await ShowsAsync(terminal, "vt220\r\n");
        terminal.Resize(40, 100);
        for (var i = 0; proxy.CutsLeft > 0; i++)
        {
            terminal.Type($"echo answer $(({i} + 100000))\r");
            await ShowsAsync(terminal, $"answer {i + 100_000}\r\n");
        }

        terminal.Type("stty size; sh -c 'echo sl''eeps; exec sleep 100'\r");
        await ShowsAsync(terminal, "40 100\r\n");
        await ShowsAsync(terminal, "sleeps");
        terminal.Type("\x03"); // ends the sleep
        terminal.Type("exit 9\r");
        Assert.Equal(9, await terminal.EndAsync(Cancel));
        await RunAsync("", "rm", "box");
    }

    private static async Task ShowsAsync(TestTerminal terminal, string text)
    {
        while (!terminal.Shown.Contains(text, StringComparison.Ordinal)) await Task.Delay(10, Cancel);
    }

    private async Task<(int Code, string Out, string Error)> RunAsync(string typed, params string[] words)
    {
        await using var run = new CliProcess(_server!.Address, words);
        await run.Input.WriteAsync(typed);
        run.Input.Close();
        return await run.EndAsync(Cancel);
    }
}
