namespace Sandboxes.Examples;

/// <summary>Twenty programs at once over one connection.</summary>
internal static class ParallelPrograms
{
    public static async Task RunAsync(string server, SandboxClientOptions connection)
    {
        await using var client = await Sandbox.ConnectAsync(server, connection);
        var sandbox = await client.CreateAsync(new CreateOptions { Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["example"] = "parallel" } });
        try
        {
            var squares = await Task.WhenAll(Enumerable.Range(0, 20).Select(async number =>
            {
                await using var program = await sandbox.ExecAsync("bash", $"sleep 0.$((RANDOM % 5)); echo $(({number} * {number}))");
                var result = await program.GetResultAsync();
                result.Exit.EnsureSuccess();
                Console.WriteLine($"{number} squared is {result.StandardOutput.Trim()}");
                return int.Parse(result.StandardOutput);
            }));
            Console.WriteLine($"Sum: {squares.Sum()}");
            Console.WriteLine($"Processes known to the sandbox: {(await sandbox.ListProcessesAsync()).Count}");
        }
        finally
        {
            await sandbox.DeleteAsync();
        }
    }
}
