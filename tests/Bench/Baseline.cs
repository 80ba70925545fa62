using System.Diagnostics;
using Sandbox.TestServer;

namespace Sandbox.Bench;

/// <summary>What people use instead: the same program on the bare host, in bubblewrap, and by <c>runsc run</c>.</summary>
internal sealed class Baseline : IDisposable
{
    private const string Code = "print(1)";
    private readonly RunscBundle _bundle;
    private int _containers;

    public Baseline(string platform) => _bundle = new RunscBundle(platform, "/usr/bin/python3", "-c", Code);

    public static Task BarePythonAsync() => RunAsync("/usr/bin/python3", "-c", Code);

    public static Task BubblewrapAsync() => RunAsync(
        "bwrap", "--ro-bind", SetUp.RootFilesystem, "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
        "--unshare-all", "--die-with-parent", "/usr/bin/python3", "-c", Code);

    /// <summary>A container from nothing to gone. Attached, <c>runsc run</c> removes its container when the program has ended.</summary>
    public Task RunscRunAsync() => RunAsync(
        "runsc", [.. _bundle.Flags, "run", "--bundle", _bundle.Directory, NewId()]);

    /// <summary>The same, and the delete that a caller without knowledge of that would add.</summary>
    public async Task RunscRunAndDeleteAsync()
    {
        var id = NewId();
        await RunAsync("runsc", [.. _bundle.Flags, "run", "--bundle", _bundle.Directory, id]);
        await RunAsync("runsc", [.. _bundle.Flags, "delete", "--force", id]);
    }

    public void Dispose() => _bundle.Dispose();

    private string NewId() => $"bench-{Environment.ProcessId}-{Interlocked.Increment(ref _containers)}";

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        await errors;
        if (process.ExitCode != 0 || (arguments[^1] == Code && (await output).Trim() != "1"))
            throw new InvalidOperationException($"{program} exited with {process.ExitCode}: {await output}{await errors}");
    }
}
