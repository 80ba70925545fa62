using System.Diagnostics;

namespace Sandboxes.Cli.Tests;

/// <summary>The command line in a process of its own, with pipes.</summary>
internal sealed class CliProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;

    public CliProcess(Uri server, string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly, .. words])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var name in new[] { "SANDBOX_KEY", "SANDBOX_TOKEN" }) start.Environment.Remove(name);
        start.Environment["SANDBOX_URL"] = server.ToString();
        _process = Process.Start(start)!;
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The built command line, in its own folder of the build outputs: the copy beside this assembly lacks what ASP.NET brings along.</summary>
    public static string Assembly
    {
        get
        {
            var output = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(output.Parent!.Parent!.FullName, "Sandbox.Cli", output.Name, "sandbox.dll");
        }
    }

    public int Id => _process.Id;

    public StreamWriter Input => _process.StandardInput;

    public StreamReader Output => _process.StandardOutput;

    public async Task<(int Code, string Out, string Error)> EndAsync(CancellationToken cancellationToken)
    {
        var output = await _process.StandardOutput.ReadToEndAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        return (_process.ExitCode, output, await _error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
