using System.Text;
using Sandbox.TestServer;

namespace Sandboxes.Tests;

/// <summary>The client against a real server, with real programs in gVisor.</summary>
public sealed class LiveTests(LiveServer live, ITestOutputHelper output) : IClassFixture<LiveServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Live_code_runs_and_files_and_processes_stay()
    {
        await using var sandbox = await live.CreateAsync();
        Assert.True(sandbox.Created);
        await using var write = await sandbox.ExecAsync("python", "open('kept', 'w').write('here'); print(6 * 7)", cancellationToken: Cancel);
        var result = await write.GetResultAsync(Cancel);
        Assert.Equal(("42\n", "", true), (result.StandardOutput, result.StandardError, result.Exit.Success));
        await using var read = await sandbox.SpawnAsync(["cat", "kept"], cancellationToken: Cancel);
        Assert.Equal("here", (await read.GetResultAsync(Cancel)).StandardOutput);
        Assert.Equal(2, (await sandbox.ListProcessesAsync(Cancel)).Count);
        Assert.InRange((await sandbox.GetStatsAsync(Cancel)).DiskLimitBytes, 1, long.MaxValue);
        await using var other = await Sandbox.AttachAsync(live.Address, sandbox.Id, sandbox.Token, cancellationToken: Cancel);
        await using var same = await other.GetProcessAsync(write.Id, cancellationToken: Cancel);
        Assert.Equal("42\n", await same.StandardOutput.ReadToEndAsync(Cancel));
        await Assert.ThrowsAsync<NotFoundException>(() => Sandbox.AttachAsync(live.Address, "nowhere", cancellationToken: Cancel));
        await Assert.ThrowsAsync<PermissionException>(() => Sandbox.AttachAsync(live.Address, sandbox.Id, "wrong", cancellationToken: Cancel));

        await sandbox.DeleteAsync(Cancel);
        await Assert.ThrowsAsync<SandboxGoneException>(() => sandbox.SpawnAsync(["true"], cancellationToken: Cancel));
        var types = new List<string>();
        await foreach (var happened in sandbox.Events(cancellationToken: Cancel)) types.Add(happened.Type);
        Assert.Equal(("created", "deleted"), (types[0], types[^1]));
        Assert.Equal(2, types.Count(type => type == "process_exited"));
    }

    [Fact(Timeout = 180_000)]
    public async Task Live_every_line_and_every_key_comes_exactly_once_while_the_connection_is_cut_a_hundred_times()
    {
        await using var direct = await live.CreateAsync();
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        await using var proxy = new CuttingProxy(live.Address, seed, cuts: 100, mostBytes: 8_000);
        await using var sandbox = await Sandbox.AttachAsync(proxy.Address, direct.Id, direct.Token, cancellationToken: Cancel);
        await using var cat = await sandbox.SpawnAsync(["cat"], new StartOptions { Stdin = true }, Cancel);
        var typing = Task.Run(async () =>
        {
            var lines = 0;
            while (proxy.CutsLeft > 0) await cat.StandardInput.WriteAsync(Encoding.UTF8.GetBytes($"line {lines++}\n"), Cancel);
            await cat.StandardInput.EndAsync(Cancel);
            return lines;
        }, Cancel);
        using var reader = new StreamReader(cat.StandardOutput);
        var expected = 0;
        while (await reader.ReadLineAsync(Cancel) is { } line) Assert.Equal($"line {expected++}", line);
        Assert.Equal(await typing, expected);
        output.WriteLine($"{expected} lines");
        Assert.True((await cat.WaitAsync(Cancel)).Success);
        await direct.DeleteAsync(Cancel);
    }

    [Fact(Timeout = 120_000)]
    public async Task Live_terminals_signals_and_time_limits_work()
    {
        await using var sandbox = await live.CreateAsync();
        await using var shell = await sandbox.SpawnAsync(["bash", "--norc"], new StartOptions { Terminal = new TerminalOptions { Rows = 10, Cols = 50 } }, Cancel);
        await shell.ResizeAsync(33, 77, Cancel);
        await shell.StandardInput.WriteAsync("stty size; sh -c 'echo sl''eeps; exec sleep 100'\r"u8.ToArray(), Cancel);
        var shown = new StringBuilder();
        var buffer = new byte[4096];
        while (!shown.ToString().Contains("sleeps", StringComparison.Ordinal))
        {
            shown.Append(Encoding.UTF8.GetString(buffer, 0, await shell.Terminal.ReadAsync(buffer, Cancel)));
        }

        Assert.Contains("33 77", shown.ToString(), StringComparison.Ordinal);
        // Ctrl-C ends the sleep and not the shell.
        await shell.StandardInput.WriteAsync("\x03"u8.ToArray(), Cancel);
        await shell.StandardInput.WriteAsync("exit 7\r"u8.ToArray(), Cancel);
        Assert.Equal(7, (await shell.WaitAsync(Cancel)).Code);

        await using var slow = await sandbox.SpawnAsync(["sleep", "100"], new StartOptions { Timeout = TimeSpan.FromSeconds(0.3) }, Cancel);
        Assert.Throws<ProcessTimeoutException>((await slow.WaitAsync(Cancel)).EnsureSuccess);
        await using var killed = await sandbox.SpawnAsync(["sleep", "100"], cancellationToken: Cancel);
        await killed.SignalAsync("TERM", cancellationToken: Cancel);
        Assert.Equal((ExitReason.Killed, 15), ((await killed.WaitAsync(Cancel)).Reason, (await killed.WaitAsync(Cancel)).Signal));
        await sandbox.DeleteAsync(Cancel);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("basic", "Python says 42", "Sorted: apple\nSorted: fig\nSorted: pear\nError: no, code 3\nEndless: Timeout\n")]
    [InlineData("shell", "typed-here", "The shell exited with 0\n")]
    [InlineData("reconnect", "line 1\n", "line 20\nExit code: 0\n")]
    [InlineData("parallel", "12 squared is 144\n", "Sum: 2470\nProcesses known to the sandbox: 20\n")]
    public async Task Live_every_example_does_what_it_says(string example, string shown, string end)
    {
        var (code, text) = await live.RunExampleAsync(example, "echo typed-$(echo here)\n", Cancel);
        Assert.True(code == 0, text);
        Assert.Contains(shown, text, StringComparison.Ordinal);
        Assert.EndsWith(end, text, StringComparison.Ordinal);
    }
}

/// <summary>One real server for the tests of a class.</summary>
public sealed class LiveServer : IAsyncLifetime
{
    // One that runs already, where that is wanted.
    private static readonly string? s_given = Environment.GetEnvironmentVariable("SANDBOX_URL");

    private SandboxServer? _server;

    public Uri Address => _server?.Address ?? new Uri(s_given!);

    public async ValueTask InitializeAsync() => _server = string.IsNullOrEmpty(s_given) ? await SandboxServer.StartAsync() : null;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    public Task<Sandboxes.Sandbox> CreateAsync(CreateOptions? options = null) =>
        Sandboxes.Sandbox.CreateAsync(Address, options, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>The server's resident memory in bytes, or null where it is not this one's child.</summary>
    public long? ServerMemory => _server is null ? null
        : long.Parse(File.ReadAllText($"/proc/{_server.ProcessId}/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    /// <summary>Runs an example in a process of its own.</summary>
    public async Task<(int Code, string Text)> RunExampleAsync(string name, string typed, CancellationToken cancellationToken)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(output.Parent!.Parent!.FullName, "Sandbox.Examples", output.Name, "Sandbox.Examples.dll");
        var start = new System.Diagnostics.ProcessStartInfo("dotnet", [program, name, Address.ToString()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        try
        {
            await process.StandardInput.WriteAsync(typed);
            process.StandardInput.Close();
            var text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, text.ReplaceLineEndings("\n"));
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
