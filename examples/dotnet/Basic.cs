namespace Sandboxes.Examples;

/// <summary>A sandbox, some code, a program that is typed into, and what it all used.</summary>
internal static class Basic
{
    public static async Task RunAsync(string server, SandboxClientOptions connection)
    {
        await using var sandbox = await Sandbox.CreateAsync(server, new CreateOptions { IdleTimeout = TimeSpan.FromMinutes(1) }, connection);
        try
        {
            await using var python = await sandbox.ExecAsync("python", "print(6 * 7)");
            var result = await python.GetResultAsync();
            result.Exit.EnsureSuccess();
            Console.WriteLine($"Python says {result.StandardOutput.Trim()}");

            await using var sort = await sandbox.SpawnAsync(["sort"], new StartOptions { Stdin = true });
            await sort.StandardInput.WriteAsync("pear\napple\nfig\n"u8.ToArray());
            await sort.StandardInput.EndAsync();
            using var lines = new StreamReader(sort.StandardOutput);
            while (await lines.ReadLineAsync() is { } line) Console.WriteLine($"Sorted: {line}");

            await using var failing = await sandbox.ExecAsync("bash", "echo no >&2; exit 3");
            Console.WriteLine($"Error: {(await failing.StandardError.ReadToEndAsync()).Trim()}, code {(await failing.WaitAsync()).Code}");

            await using var endless = await sandbox.ExecAsync("bash", "sleep 100", new StartOptions { Timeout = TimeSpan.FromSeconds(0.5) });
            Console.WriteLine($"Endless: {(await endless.WaitAsync()).Reason}");
        }
        finally
        {
            await sandbox.DeleteAsync();
        }
    }
}
