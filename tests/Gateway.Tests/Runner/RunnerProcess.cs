using System.Diagnostics;
using System.Text.Json;

namespace Sandbox.Gateway.Tests.Runner;

/// <summary>The runner under the machine's own python3, in a folder that goes with it, with a FIFO for its channel as in a sandbox.</summary>
internal sealed class RunnerProcess : IAsyncDisposable
{
    private static readonly string Python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
    private static readonly string Runner = Path.Combine(AppContext.BaseDirectory, "main_runner.py");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sandbox-runner-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The path that the script has, and that tracebacks name.</summary>
    public string ScriptPath => Path.Combine(_folder.FullName, "script.py");

    /// <summary>What came of a script.</summary>
    /// <param name="ExitCode">The runner's exit code; 128 + n for a signal.</param>
    /// <param name="Report">All that came on the channel.</param>
    /// <param name="Stdout">What was printed.</param>
    /// <param name="Stderr">What was printed as an error.</param>
    public sealed record Outcome(int ExitCode, string Report, string Stdout, string Stderr)
    {
        public JsonElement Json => JsonDocument.Parse(Report).RootElement;
    }

    /// <summary>Runs a script to its end.</summary>
    /// <param name="script">The script.</param>
    /// <param name="options">What follows the script's path on the command line.</param>
    /// <param name="stdin">Its standard input.</param>
    /// <param name="embedded">Whether the command line is written into the runner, as a silo does, and the whole given to python3 -c.</param>
    public async Task<Outcome> RunAsync(string script, string[]? options = null, string stdin = "", bool embedded = false)
    {
        await File.WriteAllTextAsync(ScriptPath, script, Cancel);
        var channel = Path.Combine(_folder.FullName, "result");
        if (!File.Exists(channel)) Assert.Equal(0, await WaitAsync(Process.Start("mkfifo", [channel])));

        // Open for both, so that neither side's opening waits for the other; the runner is the only writer that writes.
        await using var fifo = new FileStream(channel, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 1);
        var start = new ProcessStartInfo(Python) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments = [channel, "--script", ScriptPath, .. options ?? []];
        string[] command = embedded
            ? ["-c", $"import sys\nsys.argv[1:] = {JsonSerializer.Serialize(arguments)}\n{await File.ReadAllTextAsync(Runner, Cancel)}"]
            : [Runner, .. arguments];
        foreach (var argument in command) start.ArgumentList.Add(argument);
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start)!;
        try
        {
            await process.StandardInput.WriteAsync(stdin);
            process.StandardInput.Close();
            var report = ReadReportAsync(fifo);
            var stdout = process.StandardOutput.ReadToEndAsync(Cancel);
            var stderr = process.StandardError.ReadToEndAsync(Cancel);
            await process.WaitForExitAsync(Cancel);
            // The end of the report: nobody writes a report with this byte in it.
            fifo.WriteByte(End);
            fifo.Flush();
            return new Outcome(process.ExitCode, await report, await stdout, await stderr);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private const byte End = 0;

    private static Task<string> ReadReportAsync(FileStream fifo) => Task.Run(() =>
    {
        var report = new MemoryStream();
        for (int read; (read = fifo.ReadByte()) != End;) report.WriteByte((byte)read);
        return System.Text.Encoding.UTF8.GetString(report.ToArray());
    }, Cancel);

    private static async Task<int> WaitAsync(Process process)
    {
        await process.WaitForExitAsync(Cancel);
        return process.ExitCode;
    }
}
