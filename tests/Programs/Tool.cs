using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Sandbox.Tests;

/// <summary>A program of this machine, with all that it starts: ended as a whole on its deadline, and when this is disposed.</summary>
internal sealed partial class Tool : IAsyncDisposable
{
    private const int Kill = 9;
    private const int NotInTime = 124;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly string _commandLine;
    private readonly int _seconds;

    private Tool(string folder, int seconds, IEnumerable<KeyValuePair<string, string?>> environment, string[] command)
    {
        (_seconds, _commandLine) = (seconds, string.Join(' ', command));
        // It makes a process group of its own and ends it in time, also when this process is gone by then.
        var start = new ProcessStartInfo("timeout", ["-k", "5", $"{seconds}", .. command])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has printed so far, both outputs together.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Starts it.</summary>
    /// <param name="folder">Its working directory.</param>
    /// <param name="seconds">Its deadline.</param>
    /// <param name="environment">Variables beside those of this process; null takes one away.</param>
    /// <param name="command">The program and its arguments.</param>
    public static Tool Start(string folder, int seconds, IReadOnlyDictionary<string, string?> environment, params string[] command) =>
        new(folder, seconds, environment, command);

    /// <summary>Runs it to its end, which must be a good one.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string folder, int seconds, IReadOnlyDictionary<string, string?> environment, params string[] command)
    {
        await using var tool = Start(folder, seconds, environment, command);
        var code = await tool.WaitAsync();
        Assert.True(code == 0, $"`{tool._commandLine}` ended with code {code}:\n{tool.Output}");
        return tool.Output;
    }

    /// <summary>Waits for its end, and for all that it prints.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode != NotInTime
            ? _process.ExitCode
            : throw new TimeoutException($"`{_commandLine}` was ended after {_seconds} s:\n{Output}");
    }

    public async ValueTask DisposeAsync()
    {
        _ = SendSignal(-_process.Id, Kill);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_output) _output.Append(line).Append('\n');
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
