using System.Diagnostics;
using System.Text.Json;
using Sandbox.TestServer;

namespace Sandbox.Bench;

/// <summary>What people use instead: the same program on the bare host, in bubblewrap, and by <c>runsc run</c>.</summary>
internal sealed class Baseline : IDisposable
{
    private const string Code = "print(1)";
    private readonly string _folder = Directory.CreateTempSubdirectory("sandbox-bench-").FullName;
    private readonly string _platform;
    private int _containers;

    public Baseline(string platform)
    {
        _platform = platform;
        Directory.CreateDirectory(Path.Combine(_folder, "bundle"));
        File.WriteAllText(Path.Combine(_folder, "bundle", "config.json"), JsonSerializer.Serialize(Bundle()));
    }

    public static Task BarePythonAsync() => RunAsync("/usr/bin/python3", "-c", Code);

    public static Task BubblewrapAsync() => RunAsync(
        "bwrap", "--ro-bind", SetUp.RootFilesystem, "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
        "--unshare-all", "--die-with-parent", "/usr/bin/python3", "-c", Code);

    /// <summary>A container from nothing to gone. Attached, <c>runsc run</c> removes its container when the program has ended.</summary>
    public Task RunscRunAsync() => RunAsync(
        "runsc", [.. Flags(), "run", "--bundle", Path.Combine(_folder, "bundle"), NewId()]);

    /// <summary>The same, and the delete that a caller without knowledge of that would add.</summary>
    public async Task RunscRunAndDeleteAsync()
    {
        var id = NewId();
        await RunAsync("runsc", [.. Flags(), "run", "--bundle", Path.Combine(_folder, "bundle"), id]);
        await RunAsync("runsc", [.. Flags(), "delete", "--force", id]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string NewId() => $"bench-{Environment.ProcessId}-{Interlocked.Increment(ref _containers)}";

    private string[] Flags() =>
        ["--root", Path.Combine(_folder, "state"), $"--platform={_platform}", "--network=none", "--overlay2=none", "--ignore-cgroups"];

    private static object Bundle() => new
    {
        ociVersion = "1.0.2",
        process = new
        {
            user = new { uid = 1000, gid = 1000 },
            args = new[] { "/usr/bin/python3", "-c", Code },
            env = new[] { "PATH=/usr/bin:/bin", "HOME=/tmp" },
            cwd = "/",
            noNewPrivileges = true,
        },
        root = new { path = SetUp.RootFilesystem, @readonly = true },
        mounts = new[] { new { destination = "/proc", type = "proc", source = "proc" } },
        linux = new { namespaces = new[] { new { type = "pid" }, new { type = "mount" }, new { type = "ipc" }, new { type = "uts" }, new { type = "network" } } },
    };

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
