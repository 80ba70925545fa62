namespace Sandboxes.Examples;

/// <summary>
/// A terminal in a sandbox: what is typed goes in line by line, and what the shell shows comes out. (`./sandbox shell` is a real one, in which
/// every key counts.)
/// </summary>
internal static class Shell
{
    public static async Task RunAsync(string server, SandboxClientOptions connection)
    {
        await using var sandbox = await Sandbox.CreateAsync(server, connection: connection);
        try
        {
            await using var shell = await sandbox.SpawnAsync(["bash"], new StartOptions { Terminal = new TerminalOptions { Rows = 24, Cols = 80 } });
            var showing = shell.Terminal.CopyToAsync(Console.OpenStandardOutput());
            var typing = shell.StandardInput;
            while (await Console.In.ReadLineAsync() is { } line) await typing.WriteAsync(Console.InputEncoding.GetBytes(line + "\r"));
            await typing.EndAsync(); // Ctrl-D
            await showing;
            Console.WriteLine($"\nThe shell exited with {(await shell.WaitAsync()).Code}");
        }
        finally
        {
            await sandbox.DeleteAsync();
        }
    }
}
