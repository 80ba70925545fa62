using System.Diagnostics;
using System.Text.Json;

namespace Sandbox.Bench;

/// <summary>One container of plain <c>runsc</c> that does nothing, to <c>runsc exec</c> into: what a sandbox that stays is compared with.</summary>
internal sealed class RunscContainer : IAsyncDisposable
{
    private const string Pty = "import pty, sys; pty.spawn(sys.argv[1:])";
    private readonly RunscBundle _bundle;
    private readonly Process _running;
    private readonly string _id = $"bench-exec-{Environment.ProcessId}";

    private RunscContainer(string platform)
    {
        _bundle = new RunscBundle(platform, "/bin/sh", "-c", "echo up; exec sleep 1000000");
        _running = Spawn("runsc", [.. _bundle.Flags, "run", "--bundle", _bundle.Directory, _id]);
    }

    /// <summary>What the command lines of its processes hold, and nobody else's.</summary>
    public string Mark => _bundle.Flags[1];

    public static async Task<RunscContainer> StartAsync(string platform)
    {
        var container = new RunscContainer(platform);
        if (await container._running.StandardOutput.ReadLineAsync() == "up") return container;
        var errors = await container._running.StandardError.ReadToEndAsync();
        await container.DisposeAsync();
        throw new InvalidOperationException($"runsc run: {errors}");
    }

    /// <summary>Starts a program in it, with pipes.</summary>
    public Process Exec(params string[] program) => Spawn("runsc", [.. _bundle.Flags, "exec", "--user", "1000:1000", _id, .. program]);

    /// <summary>Starts a program in it, with a terminal, which only a description of the process can ask for.</summary>
    public Process ExecInTerminal(params string[] program)
    {
        var file = Path.Combine(_bundle.Directory, "terminal.json");
        File.WriteAllText(file, JsonSerializer.Serialize(RunscBundle.Process(program, terminal: true)));
        return Spawn("python3", ["-c", Pty, "runsc", .. _bundle.Flags, "exec", "--process", file, _id]);
    }

    /// <summary>Runs a program to its end.</summary>
    public async Task RunAsync(params string[] program)
    {
        using var process = Exec(program);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"runsc exec: {await process.StandardError.ReadToEndAsync()}");
    }

    /// <summary>A new container from the same files up to its first byte; the rest is not counted.</summary>
    /// <returns>The end of it.</returns>
    public async Task<Func<Task>> RunFreshAsync(string id)
    {
        using var bundle = new RunscBundle(_bundle.Flags[2].Split('=')[1], "/bin/echo", "out");
        var process = Spawn("runsc", [.. _bundle.Flags, "run", "--bundle", bundle.Directory, id]);
        if (await process.StandardOutput.BaseStream.ReadAsync(new byte[16]) == 0) throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        return async () =>
        {
            await process.WaitForExitAsync();
            process.Dispose();
        };
    }

    public async ValueTask DisposeAsync()
    {
        using var kill = Spawn("runsc", [.. _bundle.Flags, "kill", _id, "KILL"]);
        await kill.WaitForExitAsync();
        await _running.WaitForExitAsync();
        _running.Dispose();
        _bundle.Dispose();
    }

    private static Process Spawn(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
